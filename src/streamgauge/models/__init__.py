"""What is served: data, training, registry, the inference service."""
