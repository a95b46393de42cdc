"""Tests of rules: promtool's files, and two kinds more that promtool does not know."""
