from streamgauge.contracts.summary import Sample
from streamgauge.detectors.check import Check, Kind
from streamgauge.detectors.row_check import Rows
from streamgauge.detectors.rule import parse
from streamgauge.detectors.schema_check import expect

from .referenced import Value, reference, sample

EXPECTED = expect(
    reference(
        {
            "size": [float(size) for size in range(101)],
            "weight": [size / 7 for size in range(101)],
            "maybe": [None, *[1.0] * 100],
            "colour": ["red", "blue"] * 50 + ["red"],
            "code": ["A1"] * 101,
        },
        {"code": r"[A-Z]\d"},
    )
)
FINE: dict[str, Value] = {"size": 5.0, "weight": 1.5, "maybe": None, "colour": "red", "code": "A1"}


def broken(**changes: Value) -> list[bool]:
    """Whether a row breaks the schema if it is changed, beside one that does not."""
    columns = {name: [value, value] for name, value in FINE.items()}
    for name, value in changes.items():
        columns[name] = [FINE[name], value]
    rows = Rows(sample(columns), EXPECTED, (), margin=0.1)
    kinds: tuple[Kind, ...] = ("null", "type", "range", "unseen", "format")
    issues = [(name, Check(kind, 1, 2)) for name in EXPECTED for kind in kinds if name != "maybe"]
    issues.append(("maybe", Check("range", 1, 2)))
    shown = rows.evidence(issues, most=9)
    assert rows.fine == 2 - len(shown)
    return [place in shown for place in ("p0", "p1")]


def test_a_row_that_is_as_the_schema_has_it_passes() -> None:
    assert broken() == [False, False]
    assert broken(maybe=0.999999) == [False, True]
    assert broken(maybe=1.0) == [False, False]


def test_a_value_fails_by_null_type_range_form_or_name() -> None:
    for name, value in (
        ("size", None),
        ("size", "5"),
        ("size", 111.0),
        ("size", -11.0),
        ("size", 5.5),
        ("weight", 1e308),
        ("colour", "mauve"),
        ("colour", 1.0),
        ("colour", None),
        ("code", "A12"),
    ):
        assert broken(**{name: value}) == [False, True], (name, value)


def test_a_tenth_of_the_range_beyond_it_is_let_through() -> None:
    assert broken(size=110.0) == [False, False]
    assert broken(size=-10.0) == [False, False]


def test_a_feature_that_nobody_sent_fails_all_rows() -> None:
    held = sample({name: [value] for name, value in FINE.items() if name != "size"})
    rows = Rows(held, EXPECTED, (), margin=0.1)
    assert (rows.size, rows.fine) == (1, 0)


def test_rules_between_fields_fail_rows_too() -> None:
    rule = parse("size <= 3 when colour == 'red'")
    rows = Rows(sample({name: [value] for name, value in FINE.items()}), EXPECTED, [rule], 0.1)
    assert rows.checks == {rule.text: Check("rule", 1, 1)}
    assert rows.fine == 0
    assert rows.evidence([*rows.checks.items()], most=9) == ["p0"]


def test_repeats_are_counted_and_shown() -> None:
    held = Sample(id=["a", "b", "c"], features={"size": [1.0] * 3}, seen=[1, 3, 1])
    rows = Rows(held, {}, (), margin=0.1)
    assert rows.again == Check("duplicate", 2, 5)
    assert rows.evidence([("duplicates", rows.again)], most=9) == ["b"]
    assert rows.evidence([("duplicates", rows.again)], most=0) == []


def test_rows_that_are_null_are_shown_even_where_that_is_allowed() -> None:
    rows = Rows(sample({"maybe": [None, 1.0, None]}), {"maybe": EXPECTED["maybe"]}, (), margin=0.1)
    assert rows.fine == 3
    assert rows.evidence([("maybe", Check("null", 2, 3))], most=9) == ["p0", "p2"]
    assert rows.evidence([("gone", Check("missing", 3, 3))], most=2) == ["p0", "p1"]


def test_a_sample_without_features_has_no_rows() -> None:
    rows = Rows(Sample(id=["a"]), EXPECTED, [parse("size > 0")], margin=0.1)
    assert (rows.size, rows.fine, rows.checks, rows.again.samples) == (0, 0, {}, 0)
    assert rows.evidence([("size", Check("null", 1, 1))], most=9) == []
