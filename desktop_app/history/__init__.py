"""What was described before, kept on this computer only."""
