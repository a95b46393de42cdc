"""The texts of rules: Go's text/template, as Prometheus' rule files use it."""
