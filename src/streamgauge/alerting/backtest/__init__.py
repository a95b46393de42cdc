"""Rules on the past: when they would have fired, and what another version of them changes."""
