"""What `start.py` does before the program runs: environment, system packages, checks. Standard library only."""
