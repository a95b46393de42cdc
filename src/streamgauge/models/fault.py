"""Faults that a request may ask for in drills and demos, never unless `serve.faults` is set."""

import math

import mmh3
import msgspec

from streamgauge.models.question import RefusalError

HEADER = "x-streamgauge-fault"
# An hour of either is beyond any drill.
_LIMITS = {"latency": 60_000.0, "error": 1.0, "down": 3_600.0}


class Fault(msgspec.Struct, kw_only=True, frozen=True):
    """`latency` is milliseconds added to the inference, `error` a share, `down` seconds."""

    latency: float = 0.0
    error: float = 0.0
    down: float = 0.0


NONE = Fault()


def parse(header: str) -> Fault:
    """The fault that a header asks for, several separated by commas.

    >>> parse("latency=120, error=0.3")
    Fault(latency=120.0, error=0.3, down=0.0)
    """
    values: dict[str, float] = {}
    for part in header.split(","):
        name, _, text = part.partition("=")
        name = name.strip()
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if name not in _LIMITS or not 0.0 <= value <= _LIMITS[name]:
            limits = ", ".join(f"{known}=0…{most:g}" for known, most in _LIMITS.items())
            raise RefusalError(422, "invalid_request", f"expected {limits}", HEADER)
        values[name] = value
    return Fault(**values)


def strikes(share: float, request_id: str) -> bool:
    """Whether a request is among the share that fails: a hash of its id, no dice.

    >>> strikes(1.0, "a"), strikes(0.0, "a")
    (True, False)
    """
    return mmh3.hash(request_id, signed=False) < share * 2**32
