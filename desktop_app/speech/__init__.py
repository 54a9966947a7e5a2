"""The voice: engines behind one Protocol and the speaker that owns one of them. Importing this is light."""
