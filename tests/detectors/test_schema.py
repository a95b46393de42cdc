import msgspec
import pytest

from streamgauge.contracts.reference import AnyField, Category, Number
from streamgauge.detectors.schema import SchemaChange, compare


def number(least: float = 0.0, most: float = 100.0, **fields: float | bool) -> Number:
    plain = Number(cuts=[], low=0.0, high=1.0, least=least, most=most, mean=0.0, deviation=1.0)
    return msgspec.structs.replace(plain, **fields)


def changed(old: AnyField, new: AnyField) -> list[str]:
    before: dict[str, AnyField] = {"x": old}
    after: dict[str, AnyField] = {"x": new}
    return [change.text for change in compare(before, after)]


def test_the_same_schema_has_no_changes() -> None:
    schema: dict[str, AnyField] = {"a": number(), "b": Category(values=["x", "y"])}
    assert compare(schema, schema) == []
    assert compare({}, {}) == []


def test_features_are_removed_added_and_changed() -> None:
    told = compare(
        {"a": number(), "b": number(), "c": number()},
        {"b": number(), "c": number(0.0, 200.0), "d": Category(values=["x"])},
    )
    assert [(one.kind, one.feature) for one in told] == [
        ("removed", "a"),
        ("added", "d"),
        ("changed", "c"),
    ]
    assert told[1].text == "d was added, one of 1 names"
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told[0]), type=SchemaChange) == told[0]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (number(), number(0.0, 150.0), "from 0 to 150, before from 0 to 100"),
        (number(), number(-20.0), "from -20 to 100, before from 0 to 100"),
        (number(whole=True), number(), "no longer whole numbers only"),
        (number(), number(whole=True), "whole numbers only"),
        (number(), number(nulls=0.01), "null in 0 % before, in 1 % now"),
        (number(nulls=0.1), number(nulls=0.3), "null in 10 % before, in 30 % now"),
        (number(5.0, 5.0), number(5.0, 6.0), "from 5 to 6, before from 5 to 5"),
        (number(-1e308, 1e308), number(0.0, 1e308), "from 0 to 1e+308, before from -1e+308"),
        (Category(values=["a"]), Category(values=["a", "c", "b"]), "new b, c"),
        (Category(values=["a", "b"]), Category(values=["b"]), "no longer a"),
        (Category(values=["a"]), Category(values=["a"], pattern="a+"), "of the form a+"),
        (Category(values=["a"], pattern="a+"), Category(values=["a"]), "of any form"),
        (Category(values=["a"]), number(), "was one of 1 names, is a number from 0 to 100"),
        (
            Category(values=[]),
            Category(values=[f"n{place}" for place in range(8)]),
            "new n0, n1, n2, n3, n4 and 3 more",
        ),
    ],
)
def test_what_changed_is_said_in_words(old: AnyField, new: AnyField, text: str) -> None:
    (told,) = changed(old, new)
    assert told.startswith(f"x: {text}")


def test_another_draw_of_the_same_feature_is_no_change() -> None:
    assert changed(number(), number(-3.0, 97.0)) == []
    assert changed(number(nulls=0.1), number(nulls=0.12)) == []
