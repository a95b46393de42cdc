"""Window arithmetic, pure and mergeable: one metric a file."""
