from typing import Any

from streamgauge.contracts.reference import Reference
from streamgauge.stream_processors.reference_shelf import ReferenceShelf


def reference(version: str, ts: int, **more: Any) -> Reference:
    made: dict[str, Any] = {"kind": "training", "rows": 1, "schema": {}, "features": {}}
    return Reference(**made | {"model": "m", "version": version, "ts": ts} | more)


def shelf(*references: Reference) -> ReferenceShelf:
    made = ReferenceShelf()
    for one in references:
        made.put(one)
    return made


def test_the_newest_of_either_kind_is_in_force_in_whatever_order_they_come() -> None:
    old, new = reference("1", 5), reference("1", 9, kind="live")
    for held in (shelf(old, new), shelf(new, old)):
        assert held.newest("m", "1") == new
        assert held.newest("m", "2") is held.newest("x", "1") is None


def test_the_former_is_that_of_the_version_before_in_whatever_order_they_come() -> None:
    one, two, again = reference("a", 3), reference("b", 5), reference("a", 8, kind="live")
    for held in (shelf(one, two, again), shelf(again, two, one)):
        found = held.former("m", "b")
        assert found is not None
        assert (found.version, found.ts) == ("a", 8)
        assert held.former("m", "a") is held.former("m", "c") is None


def test_strangers_cannot_fill_the_memory() -> None:
    held = shelf(*(reference(str(number), 1) for number in range(2_100)))
    assert held.newest("m", "1999") is not None
    assert held.newest("m", "2050") is None
