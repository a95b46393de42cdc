"""Alerts → groups → notices: Alertmanager's route tree, timers and mutes. Pure."""
