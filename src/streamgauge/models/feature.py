"""The columns a model looks at: what they hold, whether a row fits them, and rows as a matrix."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Value = float | str

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# Trees compare in 32 bits; what is larger would silently become infinite.
LARGEST = 3.4e38


class FieldError(Exception):
    """A value does not fit; `field` says which, the text what was expected instead."""

    def __init__(self, field: str, expected: str) -> None:
        super().__init__(expected)
        self.field = field
        self.expected = expected


class Feature(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One column as it was in training: a finite number, or one of the `categories`.

    `quantiles` holds the values at 1, 5, 25, 50, 75, 95 and 99 %.
    """

    name: str
    kind: Literal["number", "category"]
    minimum: float | None = None
    maximum: float | None = None
    quantiles: list[float] = []
    categories: list[str] = []


def learn(
    rows: Sequence[Mapping[str, Any]], numbers: Sequence[str], categories: Sequence[str]
) -> list[Feature]:
    """What the columns of the training rows hold.

    >>> learn([{"a": 1.0}, {"a": 3.0}], ["a"], [])[0].maximum
    3.0
    """
    features = []
    for name in numbers:
        column = np.array([row[name] for row in rows], dtype=np.float64)
        features.append(
            Feature(
                name=name,
                kind="number",
                minimum=float(column.min()),
                maximum=float(column.max()),
                quantiles=[round(float(q), 6) for q in np.quantile(column, QUANTILES)],
            )
        )
    return features + [
        Feature(name=name, kind="category", categories=sorted({row[name] for row in rows}))
        for name in categories
    ]


def check(given: Mapping[str, Any], features: Sequence[Feature]) -> dict[str, Value]:
    """The row in the features' order, or a `FieldError` that names the column.

    A number is finite; booleans and numbers written as text are none. Values outside the range of
    the training are welcome: to notice them is what monitoring is for.

    >>> check({"a": True}, [Feature(name="a", kind="number")])
    Traceback (most recent call last):
    streamgauge.models.feature.FieldError: expected a finite number, got a boolean
    """
    row: dict[str, Value] = {}
    for feature in features:
        if feature.name not in given:
            raise FieldError(feature.name, "missing; expected a " + feature.kind)
        row[feature.name] = _fit(given[feature.name], feature)
    if len(given) > len(row):
        unknown = min(name for name in given if name not in row)
        known = ", ".join(feature.name for feature in features)
        raise FieldError(unknown, f"unknown feature; expected {known}")
    return row


def _fit(value: object, feature: Feature) -> Value:
    if feature.kind == "category":
        if not isinstance(value, str):
            raise FieldError(feature.name, f"expected text, got {_kind(value)}")
        if feature.categories and value not in feature.categories:
            raise FieldError(feature.name, f"expected one of {', '.join(feature.categories)}")
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FieldError(feature.name, f"expected a finite number, got {_kind(value)}")
    if not -LARGEST <= value <= LARGEST:  # NaN compares false
        raise FieldError(feature.name, "expected a finite number within 3.4e38")
    return value


def _kind(value: object) -> str:
    names = {bool: "a boolean", str: "text", type(None): "null", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def matrix(rows: Sequence[Mapping[str, Value]], features: Sequence[Feature]) -> Matrix:
    """Checked rows as a matrix of 32-bit floats, shape (rows, features); categories as places.

    >>> matrix([{"p": "b"}], [Feature(name="p", kind="category", categories=["a", "b"])])
    array([[1.]], dtype=float32)
    """
    made = np.empty((len(rows), len(features)), dtype=np.float32)
    for place, feature in enumerate(features):
        if feature.kind == "number":
            made[:, place] = [row[feature.name] for row in rows]
        else:
            code = {name: at for at, name in enumerate(feature.categories)}
            made[:, place] = [code[str(row[feature.name])] for row in rows]
    return made


def finite(value: object) -> bool:
    """Whether this is a number that one can calculate with.

    >>> finite(True), finite("1"), finite(float("nan")), finite(1)
    (False, False, False, True)
    """
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
