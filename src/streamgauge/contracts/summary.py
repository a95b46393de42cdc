"""A closed window and its ordered sample, on the way to the detectors."""

import msgspec

from streamgauge.contracts.event import Labels


class Sample(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Up to a few hundred predictions of one window, ordered by (ts, id), as columns.

    NaN does not exist in JSON: a value that an event did not carry is null.
    """

    ts: list[int] = []
    id: list[str] = []
    score: list[float | None] = []
    latency: list[float | None] = []
    error: list[int] = []


class Summary(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One series in one closed window: how much there was, and a sample to detect on.

    `source` says what was counted. Days have no sample; they carry all their integers as `total`,
    so that weeks and months can be added up. `base` windows are the narrowest.
    """

    labels: Labels
    window: str
    start: int
    end: int
    count: int
    sample: Sample = Sample()
    total: bytes = b""
    source: str = "predictions"
    base: bool = True
    v: int = 1
