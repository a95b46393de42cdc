"""What a caller asks: one row or many, checked; what is wrong is named by its place in the body."""

import re
from typing import Any, Literal

import msgspec

from streamgauge.contracts.event import Dimensions, Id

# Why a request got no prediction: a closed list, for it becomes a label of events and metrics.
Reason = Literal[
    "invalid_json",
    "invalid_request",
    "invalid_features",
    "too_large",
    "too_slow",
    "unknown_model",
    "model_not_loaded",
    "prediction_failed",
    "internal",
    "fault",
    "down",
]


class RefusalError(Exception):
    """No prediction: the status to answer, why, and the field that is wrong if one is."""

    def __init__(self, status: int, reason: Reason, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.reason: Reason = reason
        self.field = field


class Row(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """One thing to predict, on whose behalf, and by which dimensions to count it."""

    features: dict[str, Any]
    user: Id | None = None
    session: Id | None = None
    dimensions: Dimensions = {}


class Question(msgspec.Struct, frozen=True):
    """The rows of a request; `many` says whether the caller sent a list."""

    rows: list[Row]
    many: bool = False

    def place(self, at: int, field: str) -> str:
        """A field of a row as the caller knows it.

        >>> Question([], many=True).place(3, "features.lookback")
        'rows[3].features.lookback'
        """
        return f"rows[{at}].{field}" if self.many else field


class _Many(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[Row]


_PLACE = re.compile(r" - at `\$\.?([^`]*)`$")
_FIELD = re.compile(r"field `([^`]+)`")


def parse(body: bytes, max_rows: int) -> Question:
    """The question in a request's body, or a `RefusalError` with status 422.

    >>> parse(b'{"features": {"a": 1}}', max_rows=10).rows[0].features
    {'a': 1}
    """
    try:
        raw = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RefusalError(422, "invalid_json", f"not JSON: {error}", "body") from None
    if not isinstance(raw, dict):
        raise RefusalError(422, "invalid_request", "expected a JSON object", "body")
    try:
        if "rows" not in raw:
            return Question([msgspec.convert(raw, Row)])
        rows = raw["rows"]
        if isinstance(rows, list) and not 1 <= len(rows) <= max_rows:
            raise RefusalError(422, "invalid_request", f"expected 1 to {max_rows} rows", "rows")
        return Question(msgspec.convert(raw, _Many).rows, many=True)
    except msgspec.ValidationError as error:
        raise _explain(str(error)) from None


def _explain(text: str) -> RefusalError:
    """The words of msgspec with the place as the caller wrote it."""
    found = _PLACE.search(text)
    place = found[1] if found else ""
    words = text[: found.start()] if found else text
    # A missing or unknown field is named in the text; the place is the object around it.
    if named := _FIELD.search(words):
        place = f"{place}.{named[1]}" if place else named[1]
    return RefusalError(422, "invalid_request", words.replace("`", ""), place or "body")
