"""Statistics of experiments, pure: one idea a file."""
