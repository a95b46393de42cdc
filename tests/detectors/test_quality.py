import msgspec
import numpy as np
import pytest
from tests.dataset import columns

from streamgauge.contracts.reference import Number
from streamgauge.contracts.summary import Sample
from streamgauge.detectors.quality import Assessment, Quality, QualityState, Window
from streamgauge.detectors.rule import parse
from streamgauge.detectors.schema_check import Expected, expect

from .referenced import Columns, Value, counted, reference, sample

QUALITY = Quality()
SEED = 20261121
NAMES = ("salary_range", "size_of_downpayment", "repaid_loan_on_prev_car")
NUMBERS = ("car_value", "debt_to_income_ratio", "driver_tenure")


def car_loan(name: str) -> dict[str, list[Value]]:
    read = columns(f"synthetic_car_loan_dq_{name}")
    held: dict[str, list[Value]] = {one: [value or None for value in read[one]] for one in NAMES}
    return held | {one: [float(v) if v else None for v in read[one]] for one in NUMBERS}


def window(held: Columns, expected: dict[str, Expected], rows: int = 200) -> Window:
    features = {}
    for name, column in held.items():
        field = expected[name].field
        bounds = (field.least, field.most) if isinstance(field, Number) else ()
        features[name] = counted(column, *bounds)
    return Window(len(next(iter(held.values()))), features, sample(held, rows))


def test_the_damaged_half_of_car_loan_is_found_and_named_and_the_other_is_not() -> None:
    # NannyML's data-quality variant: two features are null in 10 % of the reference and of the
    # first 25,000 rows, in 22 % after that; a payment of 50 % was never seen before.
    expected = expect(reference(car_loan("reference")))
    held = car_loan("analysis")
    state = QUALITY.start()
    told = []
    for start in range(0, 50_000, 5_000):
        part = {name: column[start : start + 5_000] for name, column in held.items()}
        told.append(QUALITY.assess(state, window(part, expected), expected))
    assert [one.issue for one in told] == [False] * 5 + [True] * 5
    assert not any(one.critical for one in told)
    for one in told[5:]:
        assert {part.name for part in one.parts} >= {"salary_range", "driver_tenure"}
        assert all(part.score == pytest.approx(0.22, abs=0.02) for part in one.parts[:2])
        assert one.ratios["feature_coverage_ratio"]["salary_range"] == pytest.approx(0.78, abs=0.02)
        assert "null, at most 10." in one.text
        assert len(one.sample) == 10
    unseen = [one.ratios["feature_unseen_ratio"]["size_of_downpayment"] for one in told]
    assert max(unseen[:5]) < 0.0125 < min(unseen[5:])
    assert all("size_of_downpayment" in [part.name for part in one.parts] for one in told[5:])


def stationary(random: np.random.Generator, size: int) -> dict[str, list[Value]]:
    """Twenty features: some heavy, some often null, some of names that are rare."""
    held: dict[str, list[Value]] = {}
    for place in range(6):
        held[f"normal{place}"] = random.normal(5.0, 2.0, size).tolist()
        held[f"heavy{place}"] = random.lognormal(1.0, 1.0, size).tolist()
    for place in range(4):
        values = random.normal(0.0, 1.0, size)
        held[f"null{place}"] = [
            None if null else value
            for value, null in zip(
                values.tolist(), (random.random(size) < 0.02 * place).tolist(), strict=True
            )
        ]
        held[f"names{place}"] = [f"n{one}" for one in random.zipf(1.6, size).clip(max=500).tolist()]
    return held


def test_stationary_data_is_no_issue() -> None:
    # 20 features, 60 checks; 150 windows of 500. Budget: none.
    random = np.random.default_rng(SEED)
    expected = expect(reference(stationary(random, 5_000)))
    state = QUALITY.start()
    for _ in range(150):
        told = QUALITY.assess(state, window(stationary(random, 500), expected), expected)
        assert not told.issue, told.text
        assert not told.critical
        assert told.values["data_quality_pass_ratio"] > 0.95


def colours(*, wrong: int, size: int = 1_000) -> dict[str, list[Value]]:
    column: list[Value] = ["mauve"] * wrong
    return {"colour": column + ["red"] * (size - wrong)}


EXPECTED = expect(reference({"colour": ["red"] * 1_000}))


def judge(wrong: list[int], quality: Quality = QUALITY) -> list[Assessment]:
    state = quality.start()
    return [quality.assess(state, window(colours(wrong=one), EXPECTED), EXPECTED) for one in wrong]


def test_a_single_bad_record_is_counted_and_no_issue() -> None:
    (told,) = judge([1])
    assert told.ratios["feature_unseen_ratio"]["colour"] == 0.001
    assert told.values["data_quality_pass_ratio"] == 0.995
    assert not told.issue


def test_an_issue_holds_until_five_windows_are_fine() -> None:
    assert [one.issue for one in judge([0, 30, 0, 0, 0, 0, 0])] == [False, *[True] * 5, False]


def test_too_few_rows_that_pass_are_critical() -> None:
    told = judge([0, 9, 30, 0, 0, 0, 0, 0])
    assert [one.critical for one in told] == [False, False, *[True] * 5, False]
    assert told[2].values["data_quality_pass_ratio"] == 0.85


def test_nothing_at_all_changes_nothing() -> None:
    state = QUALITY.start()
    QUALITY.assess(state, window(colours(wrong=500), EXPECTED), EXPECTED)
    told = [QUALITY.assess(state, Window(0, {}), EXPECTED) for _ in range(9)]
    assert all(one.issue and one.critical for one in told)
    assert told[0].values == {}
    assert told[0].ratios == {}
    one = QUALITY.assess(QUALITY.start(), window(colours(wrong=1, size=1), EXPECTED), EXPECTED)
    assert not one.issue


def test_a_feature_that_is_no_longer_sent_is_an_issue() -> None:
    told = QUALITY.assess(QUALITY.start(), Window(100, {}), EXPECTED)
    assert told.issue
    assert told.text == "colour: 100 % not sent"
    assert told.ratios["feature_coverage_ratio"] == {"colour": 0.0}


def test_contradictions_repeats_age_and_lag_are_issues() -> None:
    rows = 200
    low: list[Value] = [2.0] * rows
    high: list[Value] = [1.0 if place < 40 else 3.0 for place in range(rows)]
    held = Sample(
        id=[f"p{place}" for place in range(rows)],
        features={"low": low, "high": high},
        seen=[1] * 150 + [2] * 50,
    )
    quality = Quality(most_age=60.0, most_lag=5.0)
    told = quality.assess(
        quality.start(), Window(rows, {}, held, age=61.0, lag=6.0), {}, [parse("low <= high")]
    )
    assert told.issue
    assert [part.name for part in told.parts] == ["duplicates", "low <= high", "freshness", "lag"]
    assert told.ratios["data_inconsistent_ratio"] == {"low <= high": 0.2}
    assert told.values == {
        "data_quality_pass_ratio": 0.8,
        "data_duplicate_ratio": 0.2,
        "data_freshness_seconds": 61.0,
        "data_lag_seconds": 6.0,
    }
    assert told.sample[0] == "p150"


def test_without_limits_age_and_lag_are_told_only() -> None:
    told = QUALITY.assess(QUALITY.start(), Window(0, {}, age=1e9, lag=1e9), {})
    assert not told.issue
    assert told.values == {"data_freshness_seconds": 1e9, "data_lag_seconds": 1e9}


def test_state_and_parameters_travel() -> None:
    state = QUALITY.start()
    QUALITY.assess(state, window(colours(wrong=500), EXPECTED), EXPECTED)
    written = msgspec.msgpack.encode(state)
    assert msgspec.msgpack.decode(written, type=QualityState) == state
    changed = Quality(floor=0.05)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changed), type=Quality) == changed
