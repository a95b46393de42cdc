"""Regular expressions as Prometheus has them (RE2), matched in linear time. Pure."""
