"""What features are counted on, by model version and time."""

import msgspec
import numpy as np

from streamgauge.contracts.reference import Category, Number
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.feature_name import row_name
from streamgauge.metrics.schema import Grids, lay, read_line

from .frozen import fields, grids, reference, schema

AGES = [float(age) for age in range(100)]


def test_a_version_is_counted_on_its_grid_from_the_time_on_that_the_reference_says() -> None:
    known = grids(reference(fields(age=AGES), effective=1_000))
    assert known.of("price", "1", 999) is None
    assert known.of("price", "2", 2_000) is None
    assert known.of("rank", "1", 2_000) is None
    found = known.of("price", "1", 1_000)
    assert found is not None
    assert known.named(found.grid) is found
    assert list(found.plans) == ["age"]


def test_the_first_reference_fixes_the_grid_of_a_version() -> None:
    first = reference(fields(age=AGES))
    known = grids(first)
    other = reference(fields(age=AGES[:50]))
    assert known.add(other) == f"the version is counted on grid {first.grid[:16]} already"
    assert known.add(msgspec.structs.replace(first, ts=9, kind="live")) is None
    assert known.add(reference(fields(age=AGES[:50]), version="2")) is None
    held, next_one = known.of("price", "1", 0), known.of("price", "2", 0)
    assert held is not None is not next_one
    assert (held.hash, next_one.hash) == (first.grid, other.grid)


def test_a_grid_that_nobody_could_count_on_is_refused() -> None:
    known = Grids()
    changed = msgspec.structs.replace(reference(fields(age=AGES)), schema=fields(age=[1.0]))
    assert known.add(changed) == "its grid is not the hash of its schema"
    (good,) = fields(age=AGES).values()
    assert isinstance(good, Number)
    for cuts in ([2.0, 1.0], [1.0, 1.0], AGES):
        bad = msgspec.structs.replace(good, cuts=cuts)
        assert known.add(reference({"age": bad})) == "age: expected at most 15 cuts, ascending"
    assert not known


def test_names_and_the_rest_are_not_counted_on_a_frozen_grid() -> None:
    made: dict[str, Number | Category] = {**fields(age=AGES, __other__=AGES)}
    made["kind"] = Category(values=["a"])
    known = grids(reference(made))
    found = known.of("price", "1", 0)
    assert found is not None
    assert list(found.plans) == ["age"]


def test_features_are_laid_in_the_order_of_the_events() -> None:
    one, other = schema(a=AGES, b=[5.0]), schema(b=AGES)
    rows, line, lines = lay([one, None, other], ("b", "c", "a"))
    assert rows == [
        (row_name("b", one.grid), "c", row_name("a", one.grid)),
        ("b", "c", "a"),
        (row_name("b", other.grid), "c", "a"),
    ]
    assert line.tolist() == [0, -1, 1, -1, -1, -1, 2, -1, -1]
    plans = [read_line(one)[0] for one in lines]
    values = np.array([-3.0, 0.5, 50.0, 98.7, 1e9])
    for plan, wanted in zip(plans, (one.plans["b"], one.plans["a"], other.plans["b"]), strict=True):
        assert frozen_grid.cell(plan, values).tolist() == frozen_grid.cell(wanted, values).tolist()
    assert [read_line(one)[1] for one in lines] == [(5.0, 5.0), (0.0, 99.0), (0.0, 99.0)]


def test_nothing_is_laid_where_no_schema_is_known() -> None:
    rows, line, lines = lay([None, None], ("a",))
    assert (rows, line.size, lines.size) == ([], 0, 0)
