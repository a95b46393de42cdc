"""The data of closed windows against the schema of a reference, and rules of the settings."""

from collections.abc import Callable
from random import Random

import pytest
from tests.stream_processors.asked import Row, minutes, reference
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.detection import Detection
from streamgauge.settings import InputError
from streamgauge.stream_processors.watch_quality import QualityWatcher

KNOWN = reference()
SINCE = 3


def emptied(_random: Random, asked: Row) -> Row:
    return asked | {"income": None}


def dropped(_random: Random, asked: Row) -> Row:
    return {name: value for name, value in asked.items() if name != "income"}


def worded(random: Random, asked: Row) -> Row:
    return asked | {"age": "forty" if random.random() < 0.3 else asked["age"]}


def far(random: Random, asked: Row) -> Row:
    return asked | {"age": 900.0 if random.random() < 0.3 else asked["age"]}


def strange(random: Random, asked: Row) -> Row:
    return asked | {"plan": "platinum" if random.random() < 0.3 else asked["plan"]}


@pytest.mark.parametrize(
    ("change", "feature", "word", "figure"),
    [
        (emptied, "income", "null", "feature_coverage_ratio"),
        (dropped, "income", "not sent", "feature_coverage_ratio"),
        (worded, "age", "wrong type", "feature_type_error_ratio"),
        (far, "age", "out of range", "feature_coverage_ratio"),
        (strange, "plan", "never seen", "feature_unseen_ratio"),
    ],
    ids=["null", "missing", "type", "range", "unseen"],
)
def test_what_breaks_the_schema_is_named(
    change: Callable[[Random, Row], Row], feature: str, word: str, figure: str
) -> None:
    summaries = windows(minutes(SINCE + 2, change, SINCE), references=[KNOWN])
    told = watch([QualityWatcher(Detection())], summaries, [KNOWN])
    (one,) = signals(told)
    assert (one.finding, one.stream, one.active) == ("DATA_QUALITY_ISSUE", "data", True)
    assert one.start == summaries[SINCE].start
    assert one.parts[0].name == feature
    assert word in one.text
    assert one.reference == KNOWN.hash
    last = measures(told)[-1].values
    assert f'{figure}{{feature="{feature}"}}' in last


def test_a_stream_as_it_should_be_raises_nothing() -> None:
    told = watch([QualityWatcher(Detection())], windows(minutes(10), references=[KNOWN]), [KNOWN])
    assert not signals(told)


def test_forms_of_the_settings_are_checked_and_named() -> None:
    settings = Detection(formats={"price": {"plan": "[a-f]+ree"}})
    told = watch([QualityWatcher(settings)], windows(minutes(2), references=[KNOWN]), [KNOWN])
    (one,) = signals(told)
    assert "wrong form" in one.text


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (Detection(consistency={"m": ("low <=",)}), "detection.consistency.m"),
        (Detection(formats={"m": {"plan": "("}}), "detection.formats.m.plan"),
    ],
)
def test_a_rule_or_form_that_cannot_be_read_is_named(settings: Detection, place: str) -> None:
    with pytest.raises(InputError, match=place):
        QualityWatcher(settings)
