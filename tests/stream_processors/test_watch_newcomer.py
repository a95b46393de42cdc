"""A version that nobody made a reference for learns its own, and is watched from then on."""

import msgspec
from tests.stream_processors.asked import Row, minutes
from tests.stream_processors.partition_log import SETTINGS
from tests.stream_processors.watched import signals, watch, windows

from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import Reference, freeze
from streamgauge.detection import Detection
from streamgauge.settings import Settings
from streamgauge.stream_processors.reference_shelf import ReferenceShelf
from streamgauge.stream_processors.watch import Watch
from streamgauge.stream_processors.watch_newcomer import NewcomerWatcher
from streamgauge.stream_processors.watchers import watchers

HALF_AN_HOUR = Settings(detection=Detection(auto_baseline=0.25), window=SETTINGS.window)


def made(settings: Settings = HALF_AN_HOUR, restart: int = 0, last: int = 20) -> list[Reference]:
    told = watch([NewcomerWatcher(settings)], windows(minutes(last)), restart=restart)
    return [one for one in told if isinstance(one, Reference)]


def test_the_first_hours_of_a_version_become_its_reference() -> None:
    (one,) = made()
    assert (one.model, one.version, one.kind) == ("price", "1", "live")
    assert one == freeze(one)
    assert one.rows == 2_000
    assert one.schema.keys() == {"age", "income", "visits", "plan"}
    assert sum(one.features["age"].cells.values()) == 2_000
    # Windows that are being counted already stay on the grid that they began with.
    assert one.effective > one.end


def test_a_restart_in_between_makes_the_same_reference() -> None:
    assert made(restart=7) == made()


def test_with_nothing_to_learn_for_nothing_is_made() -> None:
    assert not made(Settings(detection=Detection(auto_baseline=0.0)))
    assert not made(Settings())


def test_from_then_on_drift_is_found_and_named() -> None:
    (one,) = made()

    def older(_random: object, asked: Row) -> Row:
        return asked | {"age": float(asked["age"] or 0.0) + 10.0}

    known = msgspec.structs.replace(one, effective=0)
    known = freeze(known)
    later = windows(minutes(30, older, 24), references=[known])[20:]
    found = signals(watch(watchers(HALF_AN_HOUR), later, [known]))
    assert {one.parts[0].name for one in found if one.stream == "features"} == {"age"}


def test_names_that_are_made_up_do_not_fill_the_state() -> None:
    names = iter(range(100_000))
    batches = [
        [msgspec.structs.replace(one, prediction=f"class {next(names)}") for one in some]
        for some in minutes(12)
    ]
    looker = Watch([NewcomerWatcher(Settings(window=SETTINGS.window))], ReferenceShelf())
    for one in windows(batches):
        list(looker.step(encode(one)))
    (series,) = looker.series.values()
    told = series.parts["newcomer"].names["prediction_class_ratio"]
    assert 500 < len(told) <= 1_000
