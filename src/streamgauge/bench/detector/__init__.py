"""The parts of `bench detectors`: labelled streams, candidates, and how they are scored."""
