"""The kernel in C against the definitions in Python."""

from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.metrics.event import EXTREMES, plain, prediction, predictions, total_of
from tests.metrics.frozen import schema

from streamgauge.metrics import gather
from streamgauge.metrics.profile import FINE, Features, ProfileTable
from streamgauge.metrics.schema import WIDTH

events = st.lists(predictions(), min_size=1, max_size=30)
finite = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from(EXTREMES)
texts = st.text(max_size=30) | st.sampled_from(("eu", "us", "\0", "ü" * 9))


@pytest.fixture(autouse=True)
def built() -> Any:
    assert gather.kernel is not None, "this checkout was installed without a C compiler"
    return gather.kernel


def both(ask: Any) -> tuple[Any, Any]:
    """What is answered with the kernel, and without."""
    kernel = gather.kernel
    fast = ask()
    try:
        gather.kernel = None
        return fast, ask()
    finally:
        gather.kernel = kernel


def same(one: Any, other: Any) -> None:
    if isinstance(one, tuple):
        for left, right in zip(one, other, strict=True):
            same(left, right)
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()
    else:
        assert one == other


@given(events)
def test_every_column_is_the_same(some: list[Any]) -> None:
    for field in ("latency_ms", "confidence", "prediction", "propensity"):
        same(*both(lambda field=field: gather.floats(some, field)))
    for field in ("cache_hit", "fallback"):
        same(*both(lambda field=field: gather.flags(some, field)))
    same(*both(lambda: gather.ints(some, "ts")))
    same(*both(lambda: gather.pairs(some, "model", "version")))
    same(*both(lambda: gather.entries(some, "dimensions", "region")))
    same(*both(lambda: gather.entries(some, "endpoint")))
    same(*both(lambda: gather.others(some, "status", "ok")))
    same(*both(lambda: gather.others(some, "language", None)))
    same(*both(lambda: gather.layouts([one.features for one in some])))


@given(st.lists(texts, min_size=1, max_size=20))
def test_ranks_are_those_of_zlib(ids: list[str]) -> None:
    some = [prediction(id=one) for one in ids]
    expected = [crc32(one.encode()) for one in ids]
    fast, slow = both(lambda: gather.ranks(some, "id").tolist())
    assert fast == slow == expected


def profile(table: ProfileTable) -> bytes:
    rows = [table.rows[key] for key in sorted(table.rows)]
    numbers = b"".join(table.column(name)[rows].tobytes() for name in table.columns)
    return repr((sorted(table.rows), sorted(table.categories.items()))).encode() + numbers


@given(events)
def test_every_sum_is_the_same(some: list[Any]) -> None:
    same(*both(lambda: plain(total_of(some))))


@given(st.lists(st.floats(allow_nan=False), min_size=1, max_size=50))
def test_every_number_falls_into_the_same_cells(values: list[float]) -> None:
    some: list[Features] = [{"f": value} for value in values]

    def count() -> bytes:
        table = ProfileTable(fine=True)
        table.count([("m", "1")], np.zeros(len(some), np.int64), some)
        return profile(table)

    same(*both(count))


@given(
    st.lists(finite, max_size=40),
    st.lists(finite | st.none() | texts, min_size=1, max_size=50),
    st.lists(st.integers(0, 2), min_size=50, max_size=50),
)
def test_every_number_falls_into_the_same_cells_of_a_frozen_grid(
    reference: list[float], values: list[float | str | None], series: list[int]
) -> None:
    # Values of the reference stand on the edges of its cells.
    values += reference
    some: list[Features] = [{"g": value, "f": value} for value in values]
    known = schema(f=reference), None, schema(g=reference[:7])
    code = np.array([series[at % 50] for at in range(len(some))], np.int64)

    def count() -> bytes:
        table = ProfileTable(fine=True)
        table.count([("m", "1"), ("m", "2"), ("n", "1", "region", "eu")], code, some, known)
        return profile(table)

    same(*both(count))


def test_a_class_among_the_numbers_is_no_column_of_numbers() -> None:
    some = [prediction(prediction=1.0), prediction(prediction="cat")]
    assert both(lambda: gather.floats(some, "prediction")) == (None, None)


def test_events_of_another_kind_are_refused(built: Any) -> None:
    member = type(prediction()).ts
    with pytest.raises(TypeError, match="an event of type dict"):
        built.ints([{}], member, np.empty(1, np.int64))
    with pytest.raises(TypeError, match="not the member descriptor"):
        built.ints([prediction()], "ts", np.empty(1, np.int64))
    with pytest.raises(ValueError, match="0 entries where 1 are needed"):
        built.ints([prediction()], member, np.empty(0, np.int64))
    with pytest.raises(TypeError, match="an array of f"):
        built.floats([prediction()], member, np.empty(1, np.float32))


@pytest.mark.parametrize(
    ("row", "place", "cell"), [(1, 0, 0), (-2, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 3), (0, 0, -1)]
)
def test_no_mark_leaves_its_table(built: Any, row: int, place: int, cell: int) -> None:
    def ints(*values: int) -> Any:
        return np.array(values, np.int64)

    cells, seen = np.zeros(3, np.int64), np.zeros(1, np.int64)
    with pytest.raises(IndexError):
        built.mark(cells, 3, ints(row), ints(place), ints(cell), ints(), seen)
    assert not cells.any()
    assert not seen.any()


def test_no_feature_leaves_its_table(built: Any) -> None:
    table = ProfileTable(fine=True)
    table.place([("m", "1", "f")])
    order = ("stats", "low", "high", "grid", "registers", "out")
    columns = [table.flat(name) for name in order]
    line, lines = np.array([0]), np.zeros(WIDTH)
    for code, row, by in ((0, 1, 0), (0, -1, 0), (1, 0, 0), (-1, 0, 0), (0, 0, 1)):
        places = np.array([code]), np.array([row]), np.array([by])
        with pytest.raises(IndexError):
            built.profile([{"f": 1.0}], ("f",), *places, lines, *columns)
    with pytest.raises(IndexError, match="no line"):
        built.profile([{"f": 1.0}], ("f",), line, line, line, lines[:-1], *columns)
    for place in (0, 1, 2, 3, 4, 5):
        short = [one[:0] if at == place else one for at, one in enumerate(columns)]
        with pytest.raises((ValueError, IndexError)):
            built.profile([{"f": 1.0}], ("f",), line, line, line, lines, *short)
    assert not table.column("stats").any()
    assert set(FINE) == set(order)


def test_marks_add_one_and_amounts(built: Any) -> None:
    def ints(*values: int) -> Any:
        return np.array(values, np.int64)

    cells, seen = np.zeros(6, np.int64), np.zeros(2, np.int64)
    built.mark(cells, 3, ints(0, 1, 1), ints(0, 1, 2, 2), ints(0, 0, 0, 2), ints(40), seen)
    assert cells.tolist() == [1, 0, 0, 2, 0, 40]
    assert seen.tolist() == [1, 2]
