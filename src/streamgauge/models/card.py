"""The card of a model: what it is, what it expects, how good it is, and which file is its own."""

from typing import Any, Literal

import msgspec

from streamgauge.contracts.event import Label
from streamgauge.models.feature import Feature
from streamgauge.models.quality import Gate, Quality
from streamgauge.models.target import Transform
from streamgauge.models.toml import dump


class Confidence(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How the model's confidence is made: see `predictor.confidence`."""

    within: float
    ratios: list[float]


class Data(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What the model learned from: the file's hash, and how its rows were split."""

    sha256: str
    rows: int
    train_rows: int
    test_rows: int
    seed: int


class Card(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Everything about one version of a model but the model itself.

    `sha256` is the hash of `model.skops`: a file with another is never opened. `libraries` names
    what it was made with; another scikit-learn may read it wrongly.
    """

    name: Label
    version: Label
    created: int
    sha256: str
    features: list[Feature]
    libraries: dict[str, str]
    data: Data
    target: str
    unit: str = ""
    task: Literal["regression"] = "regression"
    transform: Transform = "identity"
    variant: str = ""
    parameters: dict[str, Any] = {}
    metrics: Quality | None = None
    baseline: Quality | None = None
    gates: list[Gate] = []
    confidence: Confidence | None = None
    reference: str = ""
    format: Literal[1] = 1


def as_json(card: Card) -> bytes:
    """The form that the registry reads."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2) + b"\n"


def as_toml(card: Card) -> str:
    """The same for people: `card.toml`."""
    tree: dict[str, Any] = msgspec.to_builtins(card)
    return dump(tree)


def libraries() -> dict[str, str]:
    """The versions of what a model is made with."""
    import platform

    import numpy as np
    import sklearn
    import skops

    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": sklearn.__version__,
        "skops": skops.__version__,
    }
