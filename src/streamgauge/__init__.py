"""streamgauge measures machine-learning predictions on Kafka and tells people when they degrade."""

__version__ = "0.1.0"
