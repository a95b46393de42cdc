"""A prediction as a team that builds its own monitor declares it: what it counts, and limits."""

from typing import Annotated, Literal

import msgspec

Label = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0.0, le=3_600_000.0)]
PAST_MS = 7 * 86_400_000
AHEAD_MS = 60_000
DIMENSIONS = ("region", "segment")
ERRORS = ("", "4xx", "5xx", "prediction", "extraction")
# What reading a stranger's bytes may raise.
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, TypeError)


class Wire(msgspec.Struct, tag_field="v", tag=1, gc=False):
    """One prediction on the wire; other fields are skipped."""

    id: Label
    ts: int
    model: Label
    version: Label
    features: dict[str, float | None] = {}
    prediction: float | None = None
    confidence: Share | None = None
    latency_ms: Milliseconds | None = None
    api_latency_ms: Milliseconds | None = None
    status: Literal["ok", "error"] = "ok"
    error: Literal["4xx", "5xx", "prediction", "extraction"] | None = None
    cache_hit: bool | None = None
    fallback: bool = False
    dimensions: dict[Label, Label] = {}


def error_code(event: Wire) -> int:
    """0 for a success, else the place of the error's class.

    >>> error_code(Wire("p", 1, "m", "1", status="error"))
    3
    """
    if event.status == "ok":
        return 0
    return ERRORS.index(event.error or "prediction")
