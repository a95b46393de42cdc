"""PromQL over measures: a subset with Prometheus 3's semantics, evaluated in event time."""
