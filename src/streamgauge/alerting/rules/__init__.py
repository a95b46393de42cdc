"""What a rule is: Prometheus' rule files, what we add to them, and the files that are shipped."""
