"""PromQL over measures: a subset with Prometheus 3's semantics, evaluated in event time.

`parse` reads an expression, `Store` holds series, `evaluate` gives what it is on them at a moment.
A function more is a file in `functions` with FUNCTIONS in it, an aggregation more a line in
`aggregation`.
"""
