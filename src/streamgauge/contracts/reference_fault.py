"""Reads references that somebody published: what they are, or what is wrong with them."""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise

from streamgauge.contracts import codec
from streamgauge.contracts.reference import (
    CELLS_OF_GROUP,
    GROUPS,
    AnyField,
    Category,
    Counted,
    Number,
    Reference,
    freeze,
)

_CELLS = GROUPS * CELLS_OF_GROUP
# As many as a prediction may have, and as many names as are told apart.
_FEATURES = 256
_NAMES = 255
_COUNT = 2**53
# Cells of other metrics: more than any has.
_WIDE = 100_000


def read_reference(value: bytes) -> Reference | str:
    """The reference that a record of the topic is, or why it is none.

    >>> read_reference(b"{}")
    'Object missing required field `model`'
    """
    try:
        made = codec.decode(Reference, value)
    except codec.UNREADABLE as error:
        return str(error) or type(error).__name__
    if freeze(made) != made:
        return "its content does not fit its hash"
    return fault(made) or made


def fault(made: Reference) -> str | None:
    """The first thing that cannot be, with its place; None where there is none.

    >>> bare = Reference(
    ...     model="m", version="1", kind="live", ts=5, rows=-1, schema={}, features={}
    ... )
    >>> fault(bare)
    'rows: expected 0 to 9007199254740992'
    """
    return next(_faults(made), None)


def _faults(made: Reference) -> Iterator[str]:
    if not made.model or not made.version:
        yield "model, version: expected names"
    if not 0 <= made.rows <= _COUNT:
        yield f"rows: expected 0 to {_COUNT}"
    if len(made.schema) > _FEATURES:
        yield f"schema: expected at most {_FEATURES} features"
    if strange := sorted(made.features.keys() - made.schema.keys()):
        yield f"features.{strange[0]}: not in the schema"
    for name, field in sorted(made.schema.items()):
        yield from (f"schema.{name}.{one}" for one in _field(field))
    for name, counted in sorted(made.features.items()):
        yield from (f"features.{name}.{one}" for one in _counted(counted))
    yield from _metrics(made)


def _metrics(made: Reference) -> Iterator[str]:
    for name, cells in sorted(made.cells.items()):
        # The first cell of a distribution is a sum, which may be below zero.
        if not all(0 <= cell < _WIDE for cell in cells):
            yield f"cells.{name}: expected cells 0 to {_WIDE - 1}"
        if not all(abs(count) < 2**63 for count in cells.values()):
            yield f"cells.{name}: expected counts of 64 bits"
    for name, counts in sorted(made.names.items()):
        if not _are_counts(counts.values()):
            yield f"names.{name}: expected counts from 0 to {_COUNT}"


def _field(field: AnyField) -> Iterator[str]:
    if not 0.0 <= field.nulls <= 1.0:
        yield "nulls: expected a share from 0 to 1"
    if isinstance(field, Category):
        if len(field.values) > _NAMES or len(set(field.values)) < len(field.values):
            yield f"values: expected at most {_NAMES} different names"
    elif isinstance(field, Number):
        if len(field.cuts) >= GROUPS or any(one >= other for one, other in pairwise(field.cuts)):
            yield f"cuts: expected at most {GROUPS - 1}, ascending"
        if field.low > field.high or field.least > field.most:
            yield "low, high, least, most: expected the lower bounds first"
        if field.deviation < 0.0:
            yield "deviation: expected at least 0"


def _counted(counted: Counted) -> Iterator[str]:
    if not all(0 <= cell < _CELLS for cell in counted.cells):
        yield f"cells: expected cells 0 to {_CELLS - 1}"
    if not _are_counts(chain(counted.cells.values(), counted.names.values(), [counted.nulls])):
        yield f"expected counts from 0 to {_COUNT}"


def _are_counts(counts: Iterable[int]) -> bool:
    return all(0 <= count <= _COUNT for count in counts)
