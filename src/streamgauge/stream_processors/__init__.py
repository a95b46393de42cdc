"""The stages on Kafka: the only room that knows Faust."""
