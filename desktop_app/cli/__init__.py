"""The command line: works with neither Qt nor torch installed."""
