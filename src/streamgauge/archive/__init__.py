"""The memory: what was on Kafka, exactly once, in Parquet files that any engine can read."""
