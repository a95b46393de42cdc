"""The other ends of every channel, for tests and measurements: they log what they accepted."""
