"""The commands behind streamgauge bench."""
