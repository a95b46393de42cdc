"""A reference in words, for a terminal, and as few fields as a program wants."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from streamgauge.contracts.label import shown
from streamgauge.contracts.reference import (
    FEWEST_ROWS,
    AnyField,
    Number,
    Reference,
    ReferenceKind,
)

_NAMES = 4


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A reference without its counts, as `--json` prints it; times are milliseconds."""

    model: str
    version: str
    kind: ReferenceKind
    hash: str
    grid: str
    rows: int
    features: int
    ts: int
    effective: int
    start: int
    end: int
    age_seconds: float


def brief(made: Reference, now: int) -> Brief:
    """Its figures at a time."""
    return Brief(
        model=made.model,
        version=made.version,
        kind=made.kind,
        hash=made.hash,
        grid=made.grid,
        rows=made.rows,
        features=len(made.schema),
        ts=made.ts,
        effective=made.effective,
        start=made.start,
        end=made.end,
        age_seconds=(now - made.ts) / 1_000,
    )


def line(made: Reference, now: int) -> str:
    """One line of a list."""
    name = shown(f"{made.model}@{made.version}")
    return (
        f"{name:<24} {made.kind:<8}  {made.hash[:12]}  {made.rows:>9,} rows  "
        f"{len(made.schema):>3} features  {age(now - made.ts)} old"
    )


def page(made: Reference, now: int) -> Iterator[str]:
    """All that a person wants to see before trusting it."""
    name = shown(f"{made.model}@{made.version}")
    yield f"{name}: {made.kind} reference of {made.rows:,} rows, {age(now - made.ts)} old"
    if made.end:
        yield f"of       {clock(made.start)} to {clock(made.end)}"
    yield f"hash     {made.hash}"
    since = f", counted on from {clock(made.effective)} on" if made.effective else ""
    yield f"grid     {made.grid}{since}"
    if made.rows < FEWEST_ROWS:
        yield f"TOO FEW  drift is judged from {FEWEST_ROWS:,} rows on"
    width = max([7, *(len(shown(feature)) for feature in made.schema)])
    for feature, field in made.schema.items():
        weight = made.importances.get(feature)
        part = "" if weight is None else f", {weight:.1%} of the importance"
        yield f"{shown(feature):<{width}}  {_told(field)}, {field.nulls:.2%} null{part}"
    others = ", ".join(sorted({*made.cells, *made.names}))
    if others:
        yield f"counted too: {shown(others)}"


def age(milliseconds: int) -> str:
    """How long ago, in its largest unit.

    >>> age(90_000), age(7_300_000)
    ('1m', '2h')
    """
    seconds = max(milliseconds, 0) // 1_000
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def clock(ts: int) -> str:
    """A time in milliseconds as people write it.

    >>> clock(0)
    '1970-01-01T00:00:00Z'
    """
    return datetime.fromtimestamp(ts / 1_000, UTC).isoformat(timespec="seconds")[:19] + "Z"


def _told(field: AnyField) -> str:
    if isinstance(field, Number):
        kind = "whole numbers" if field.whole else "numbers"
        return (
            f"{kind}, {field.least:g} to {field.most:g}, mean {field.mean:g}, "
            f"{len(field.cuts) + 1} groups"
        )
    named = ", ".join(shown(value) for value in field.values[:_NAMES])
    more = ", ..." if len(field.values) > _NAMES else ""
    return f"{len(field.values)} names: {named}{more}"
