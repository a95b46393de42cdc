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
    """One series in one closed window: how much there was, and a sample to detect on."""

    labels: Labels
    window: str
    start: int
    end: int
    count: int
    sample: Sample
    v: int = 1
