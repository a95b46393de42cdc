"""References: made from training rows or from a window of the stream, published, looked at."""
