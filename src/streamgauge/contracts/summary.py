"""A closed window and its ordered sample, on the way to the detectors."""

import msgspec

from streamgauge.contracts.event import Labels


class Sample(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Up to a few hundred predictions of one window, ordered by (ts, id), as columns.

    NaN does not exist in JSON: a value that an event did not carry is null. `features` are columns
    too, by name. `seen` says how often each id came: more than once is a duplicate.
    """

    ts: list[int] = []
    id: list[str] = []
    score: list[float | None] = []
    latency: list[float | None] = []
    error: list[int] = []
    features: dict[str, list[float | str | None]] = {}
    seen: list[int] = []


class Summary(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One series in one closed window: how much there was, and a sample to detect on.

    `source` says what was counted, `total` holds all its integers: weeks and months are sums of
    those of days. Windows of a model also carry their features as `profile`: the narrowest ones,
    which are `base`, on a coarse grid, hours and days on a fine one. Only `base` windows have a
    sample. `metrics.closed.read_closed` reads the bytes. `left_out` features do not fit: there are
    too many strange names among their values. A higher `generation` replaces a lower one.
    """

    labels: Labels
    window: str
    start: int
    end: int
    count: int
    sample: Sample = Sample()
    total: bytes = b""
    profile: bytes = b""
    left_out: int = 0
    source: str = "predictions"
    base: bool = True
    generation: int = 0
    v: int = 1
