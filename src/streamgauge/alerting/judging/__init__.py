"""Readings → alerts: one state machine in event time, pure, that goes on where it was."""
