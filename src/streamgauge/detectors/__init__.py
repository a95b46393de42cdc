"""Pure detectors: one a file, values in, state and signals out."""
