"""Where pictures come from: files, bytes, standard input, a watched folder, the clipboard."""
