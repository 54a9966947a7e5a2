"""Training and export: torch lives here and nowhere else."""
