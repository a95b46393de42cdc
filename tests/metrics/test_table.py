from random import Random

import numpy as np
from hypothesis import given, settings

from streamgauge.metrics.cap import OTHER, Family, Key, Rule
from streamgauge.metrics.table import Column, Table

from .event import randoms

LIMIT = 6
COLUMNS = {
    "sum": Column(np.int64, 3),
    "high": Column(np.float64, 1, np.maximum, -np.inf),
    "low": Column(np.int64, 2, np.minimum, 99),
}
RULE = Rule(
    lambda key: None if key == (OTHER,) else Family("all", LIMIT),
    lambda _key: (OTHER,),
)
Event = tuple[Key, int]


def table(events: list[Event]) -> Table:
    made = Table(COLUMNS, RULE)
    for key, number in events:
        rows = made.place([key])
        made.add_rows("sum", rows, np.array([[1, number, -number]]))
        made.add_rows("high", rows, np.array([[float(number)]]))
        made.add_rows("low", rows, np.array([[number, number % 7]]))
    return made


def plain(held: Table) -> dict[Key, list[list[float]]]:
    return {
        key: [held.column(name)[row].tolist() for name in COLUMNS]
        for key, row in sorted(held.rows.items())
    }


def events(random: Random, number: int) -> list[Event]:
    return [((f"k{random.randrange(15)}",), random.randrange(-50, 50)) for _ in range(number)]


@settings(max_examples=100, deadline=None)
@given(randoms)
def test_tables_add_up_in_any_order_and_grouping(random: Random) -> None:
    came = events(random, random.choice((0, 5, 80)))
    whole = plain(table(came))
    cut = sorted(random.choices(range(len(came) + 1), k=2))
    parts = [table(came[: cut[0]]), table(came[cut[0] : cut[1]]), table(came[cut[1] :])]
    random.shuffle(parts)
    one, two, three = parts
    left = Table(COLUMNS, RULE)
    for part in parts:
        left.add(part)
    two.add(three)
    right = Table(COLUMNS, RULE)
    right.add(two)
    right.add(one)
    assert plain(left) == plain(right) == whole
    assert sum(int(numbers[0][0]) for numbers in whole.values()) == len(came)


@settings(max_examples=100, deadline=None)
@given(randoms)
def test_rows_stay_dense_and_unused_ones_empty(random: Random) -> None:
    held = table(events(random, 60))
    assert sorted(held.rows.values()) == list(range(len(held)))
    assert [held.rows[key] for key in held.keys] == list(range(len(held)))
    for name, column in COLUMNS.items():
        assert len(held.column(name)) == len(held)
        assert (held._arrays[name][len(held) :] == column.fill).all()


def test_it_grows_and_keeps_what_it_holds() -> None:
    rule = Rule(lambda _key: None, lambda key: key)
    held = Table(COLUMNS, rule)
    keys = [(str(number),) for number in range(1_000)]
    for key in keys:
        held.add_rows("sum", held.place([key]), np.array([[int(key[0]), 1, 0]]))
    assert held.column("sum")[:, 0].tolist() == list(range(1_000))
    assert held.keys == keys
    assert held.nbytes < 2 * 1_000 * (3 * 8 + 8 + 16)


def test_one_call_may_add_twice_to_one_row() -> None:
    held = Table(COLUMNS, RULE)
    rows = held.place([("a",), ("b",), ("a",)])
    held.add_rows("sum", rows, np.array([[1, 0, 0], [2, 0, 0], [4, 0, 0]]))
    held.add_rows("high", rows, np.array([[1.0], [9.0], [3.0]]))
    assert held.column("sum")[:, 0].tolist() == [5, 2]
    assert held.flat("high").tolist() == [3.0, 9.0]


def test_a_key_that_is_displaced_in_the_same_call_counts_as_the_rest() -> None:
    held = Table(COLUMNS, RULE)
    keys = [(f"k{number}",) for number in range(50)]
    rows = held.place(keys)
    held.add_rows("sum", rows, np.array([[1, 0, 0]] * 50))
    assert len(held) == LIMIT + 1
    assert held.column("sum")[held.rows[OTHER,], 0] == 50 - LIMIT


def test_a_cleared_table_is_as_new() -> None:
    held = table(events(Random(1), 100))
    held.clear()
    assert len(held) == 0
    more = events(Random(2), 100)
    for part in (table(more[:40]), table(more[40:])):
        held.add(part)
    assert plain(held) == plain(table(more))
