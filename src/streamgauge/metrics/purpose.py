"""Keeps predictions that are no answers to anybody, as in training, apart from those that are."""

from collections.abc import Mapping

INFERENCE = "inference"


def apart(values: Mapping[str, float], purpose: str) -> dict[str, float]:
    """Measures under names of their own, so that no rule about the service ever sees them.

    >>> apart({"prediction_count": 1.0}, "training")
    {'training_prediction_count': 1.0}
    >>> apart({"prediction_count": 1.0}, "inference")
    {'prediction_count': 1.0}
    """
    if purpose == INFERENCE:
        return dict(values)
    return {f"{purpose}_{name}": value for name, value in values.items()}
