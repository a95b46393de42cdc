"""Edges of the histograms that are promised to the outside; each is the largest value it counts."""

# Those that were asked for, and between them the limits that rules and promises use.
LATENCY_EDGES = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1.0)
CONFIDENCE_EDGES = (0.1, 0.3, 0.5, 0.55, 0.7, 0.9)
