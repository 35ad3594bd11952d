"""Reports on a run: coverage, rehearsal, summary."""
