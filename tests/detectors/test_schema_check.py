import msgspec
import numpy as np
import pytest

from streamgauge.contracts.reference import Category, Counted, Number, Reference
from streamgauge.detectors.check import Check
from streamgauge.detectors.pattern_reader import PatternError
from streamgauge.detectors.schema_check import FeatureCount, check, expect

from .referenced import counted, reference

RANDOM = np.random.default_rng(20261121)
NUMBER = RANDOM.normal(10.0, 2.0, 2_000).tolist()
COLOURS = RANDOM.choice(["red", "green", "blue"], 2_000).tolist()


def shares(name: str, column: list[float | str | None], total: int | None = None) -> dict[str, int]:
    """The hits of each check that has any."""
    made = expect(reference({"number": NUMBER, "colour": COLOURS}))[name]
    field = made.field
    least, most = (field.least, field.most) if isinstance(field, Number) else (0.0, 0.0)
    held = check(made, counted(column, least, most), len(column) if total is None else total)
    return {one.kind: one.hits for one in held if one.hits}


def test_what_is_like_the_reference_breaks_nothing() -> None:
    assert shares("number", list(NUMBER)) == {}
    assert shares("colour", list(COLOURS)) == {}


@pytest.mark.parametrize(
    ("name", "column", "expected"),
    [
        ("number", [10.0, None, None], {"null": 2}),
        ("number", [10.0, "ten"], {"type": 1}),
        ("number", [10.0, 99.0, -99.0], {"range": 2}),
        ("number", [], {}),
        ("colour", ["red", "mauve", "mauve"], {"unseen": 2}),
        ("colour", ["red", 5.0], {"type": 1}),
        ("colour", [None], {"null": 1}),
        ("colour", ["__other__"], {}),
    ],
)
def test_each_check_counts_what_breaks_it(
    name: str, column: list[float | str | None], expected: dict[str, int]
) -> None:
    assert shares(name, column) == expected


def test_predictions_without_the_feature_are_missing_it() -> None:
    assert shares("number", [10.0] * 6, total=10) == {"missing": 4}
    assert shares("number", [], total=10) == {"missing": 10}
    # A window may know more values than predictions while it is put together.
    assert shares("number", [10.0] * 6, total=5) == {}


def test_nothing_has_to_be_better_than_the_reference_was() -> None:
    made = expect(
        reference({"often": [None, 1.0, 2.0, 3.0] * 500, "names": ["a", "b"] * 900 + ["c", "d"]})
    )
    assert 0.25 < made["often"].empty < 0.3
    assert made["often"].out == 12 / 2_001
    # Two of 1,802 names came once.
    assert 2 / 1_802 < made["names"].unseen < 0.005
    assert made["names"].closed


def test_where_the_schema_names_a_part_only_the_rest_is_expected() -> None:
    names = {f"zip{place}": 2 for place in range(1_000)}
    made = expect(
        Reference(
            model="m",
            version="1",
            kind="live",
            ts=1,
            rows=2_000,
            schema={"zip": Category(values=sorted(names)[:255])},
            features={"zip": Counted(names=names)},
        )
    )["zip"]
    assert 0.745 < made.unseen < 0.8
    assert not made.closed


def test_the_form_of_names_is_checked() -> None:
    made = expect(reference({"code": ["DE12", "FR34"]}, {"code": r"[A-Z]{2}\d{2}"}))["code"]
    held = check(made, FeatureCount(text=10, names={"DE99": 6, "de99": 4}), 10)
    assert held[-1] == Check("format", 4, 10)


def test_a_pattern_that_cannot_be_read_names_the_feature() -> None:
    with pytest.raises(PatternError, match=r"feature code: pattern '\[A', column 3"):
        expect(reference({"code": ["A"]}, {"code": "[A"}))


def test_a_schema_of_nothing_expects_nothing_of_anybody() -> None:
    assert expect(reference({})) == {}
    (made,) = expect(reference({"number": [1.0]})).values()
    assert msgspec.json.encode(made.field)
    assert [one.hits for one in check(made, counted([5.0]), 1)] == [0, 0, 0]
