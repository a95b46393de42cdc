"""Features of closed windows, counted on the frozen grid of a reference, under both detectors."""

from random import Random

import msgspec
import pytest
from tests.stream_processors.asked import Row, minutes, reference
from tests.stream_processors.partition_log import SETTINGS
from tests.stream_processors.watched import measures, signals, watch, windows

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Signal
from streamgauge.contracts.reference import Category, freeze
from streamgauge.contracts.summary import Summary
from streamgauge.detection import Detection
from streamgauge.settings import Window
from streamgauge.stream_processors.detect_kept import Told
from streamgauge.stream_processors.feature_window import Yardsticks
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watch_feature import FeatureWatcher
from streamgauge.stream_processors.watch_shift import ShiftWatcher
from streamgauge.stream_processors.watcher import Watcher

KNOWN = reference()
SINCE = 8


def both() -> list[Watcher]:
    yardsticks = Yardsticks()
    return [FeatureWatcher(yardsticks), ShiftWatcher(Detection(), yardsticks)]


def older(_random: Random, asked: Row) -> Row:
    return asked | {"age": float(asked["age"] or 0.0) + 10.0}


def golden(random: Random, asked: Row) -> Row:
    return asked | {"plan": "platinum" if random.random() < 0.4 else asked["plan"]}


def holed(random: Random, asked: Row) -> Row:
    return {name: None if random.random() < 0.01 else value for name, value in asked.items()}


def told(*made: object, restart: int = 0) -> list[Told]:
    batches = minutes(*made)  # type: ignore[arg-type]  # passed on as they are
    return watch(both(), windows(batches, references=[KNOWN]), [KNOWN], restart)


@pytest.mark.parametrize(("change", "feature"), [(older, "age"), (golden, "plan")])
def test_a_feature_that_moves_is_named_by_both_detectors(change: object, feature: str) -> None:
    found = signals(told(20, change, SINCE))
    assert {(one.detector, one.active) for one in found} == {("psi", True), ("e_process", True)}
    for one in found:
        assert (one.stream, one.finding) == ("features", "DRIFT_DETECTED")
        assert one.reference == KNOWN.hash
        assert one.parts[0].name == feature
        assert one.parts[0].share > 0.9
        assert feature in one.text
        if feature == "age":
            assert one.direction == "up"
            # The mean of the reference is 40; groups do not know how far beyond it values are.
            assert one.before == pytest.approx(40.0, abs=0.5)
            assert 46.0 < one.after < 51.0
        for picture in (one.parts[0].before, one.parts[0].after):
            assert picture is not None
            assert sum(picture.shares) == pytest.approx(1.0, abs=1e-3)
            assert len(picture.edges) == len(picture.shares) + 1 or picture.names


def test_the_figures_have_the_score_and_every_test_of_every_feature() -> None:
    last = measures(told(20, older, SINCE))[-1]
    assert last.source == "drift"
    # Population PSI of a shift of one deviation on 10 deciles is 0.93 (research/drift.md 3c).
    assert last.values["feature_drift_score"] == pytest.approx(0.93, abs=0.15)
    assert last.samples["feature_drift_score"] >= 250
    for name in ("age", "income", "visits", "plan"):
        assert f'feature_psi{{feature="{name}"}}' in last.values
        assert f'feature_js{{feature="{name}"}}' in last.values
    # KS of a shift of one deviation: .3829, on 16 groups a little less.
    assert last.values['feature_ks{feature="age"}'] == pytest.approx(0.38, abs=0.06)


def test_still_and_holed_streams_stay_silent() -> None:
    assert not signals(told(30))
    assert not signals(told(30, holed, 0))


def test_a_restart_in_between_changes_nothing() -> None:
    assert told(14, older, SINCE, restart=3) == told(14, older, SINCE)


def test_a_stream_that_comes_back_ends_what_was_found() -> None:
    batches = minutes(16, older, SINCE)
    # The same questions once more, later, and as they should be.
    still = [
        [
            msgspec.structs.replace(one, id=f"{one.id} again", ts=one.ts + 16 * 60_000)
            for one in some
        ]
        for some in minutes(16)
    ]
    found = signals(watch(both(), windows([*batches, *still], references=[KNOWN]), [KNOWN]))
    assert sorted(one.detector for one in found if not one.active) == ["e_process", "psi"]


def test_what_holds_is_not_ended_by_a_minute_without_features_but_by_a_day() -> None:
    every = windows(minutes(20, older, SINCE), references=[KNOWN])
    # Errors carry no features.
    bare = windows([[msgspec.structs.replace(some[0], features={})] for some in minutes(1)])[0]

    def later(number: int) -> Summary:
        start = every[-1].start + number * 60_000
        return msgspec.structs.replace(bare, start=start, end=start + 60_000)

    psi: list[Watcher] = [FeatureWatcher(Yardsticks())]
    found = signals(watch(psi, [*every, *map(later, range(1, 30))], [KNOWN]))
    assert [one.active for one in found] == [True]
    found = signals(watch(psi, [*every, later(5), later(24 * 60 + 1)], [KNOWN]))
    assert [one.active for one in found] == [True, False]


def test_of_a_feature_that_is_gone_nothing_holds_for_longer_than_a_day() -> None:
    every = windows(minutes(20, older, SINCE), references=[KNOWN])
    dropped = [
        [msgspec.structs.replace(one, features={"income": one.features["income"]}) for one in some]
        for some in minutes(20)
    ]
    shift = 26 * 60 * 60_000
    late = [
        msgspec.structs.replace(one, start=one.start + shift, end=one.end + shift)
        for one in windows(dropped, references=[KNOWN])
    ]
    found = signals(watch(both(), [*every, *late], [KNOWN]))
    assert sorted((one.detector, one.active) for one in found) == [
        ("e_process", False),
        ("e_process", True),
        ("psi", False),
        ("psi", True),
    ]


def test_another_reference_ends_what_held_of_a_part_and_its_windows_are_not_mixed() -> None:
    batches = [
        [
            msgspec.structs.replace(one, dimensions={"region": "ab"[place % 2]})
            for place, one in some
        ]
        for some in map(enumerate, minutes(20, older, SINCE, size=400))
    ]
    settings = msgspec.structs.replace(
        SETTINGS, window=Window(dimensions=("region",), declared={"region": ("a", "b")})
    )
    every = windows(batches, settings=settings, references=[KNOWN])
    values = {
        name: msgspec.structs.replace(field, values=[*field.values, "new"])
        if isinstance(field, Category)
        else field
        for name, field in KNOWN.schema.items()
    }
    other = freeze(msgspec.structs.replace(KNOWN, ts=2, schema=values))
    shelf = ReferenceShelf()
    shelf.put(KNOWN)
    looker = Watch(both(), shelf)
    found: list[Signal] = []
    for place, one in enumerate(every):
        if place == len(every) - 5:
            assert any("region" in told.labels for told in found)
            shelf.put(other)
        found += signals(looker.step(encode(one)))
    assert not looker.failed
    parts = [one for one in found if one.labels.get("region") == "b"]
    assert [(one.active, one.reference) for one in parts] == [
        (True, KNOWN.hash),
        (False, KNOWN.hash),
    ]


def test_a_version_without_a_reference_has_no_figures() -> None:
    assert not watch(both(), windows(minutes(4)), [])


def test_the_parts_of_a_model_are_ranked_by_their_share_in_its_drift() -> None:
    random = Random(3)
    batches = [
        [msgspec.structs.replace(one, dimensions={"region": random.choice("ab")}) for one in some]
        for some in minutes(20, size=400)
    ]
    moved = [
        [
            msgspec.structs.replace(one, features=older(random, dict(one.features)))
            if minute >= SINCE and one.dimensions["region"] == "b"
            else one
            for one in some
        ]
        for minute, some in enumerate(batches)
    ]
    settings = msgspec.structs.replace(
        SETTINGS, window=Window(dimensions=("region",), declared={"region": ("a", "b")})
    )
    summaries = windows(moved, settings=settings, references=[KNOWN])
    found = signals(watch(both(), summaries, [KNOWN]))
    first, whole = [one for one in found if one.detector == "psi" and "region" not in one.labels]
    # The windows of parts come after that of the whole, so who it was is told with the next.
    assert (first.id, [part.kind for part in first.parts]) == (whole.id, ["feature"])
    assert [(part.kind, part.name) for part in whole.parts] == [
        ("feature", "age"),
        ("segment", "region=b"),
    ]
    # A child is tested under its parent's alarm, and only the one that moved is found.
    children = {one.labels["region"] for one in found if "region" in one.labels}
    assert children == {"b"}


def test_with_little_traffic_what_was_said_last_holds_until_there_is_more_to_say() -> None:
    summaries = windows(minutes(24, older, 12, size=45), references=[KNOWN])
    told = measures(watch([FeatureWatcher(Yardsticks())], summaries, [KNOWN]))
    scores = [one.values["feature_drift_score"] for one in told]
    # 250 values take six windows of 45; rules see a score in each from then on.
    assert len(scores) == 24 - 5
    assert scores[-1] > 0.5
    assert all("feature_ks{" not in name for name in told[-2].values)
