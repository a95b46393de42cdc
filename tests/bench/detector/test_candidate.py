import numpy as np

from streamgauge.bench.detector.candidate import ALWAYS_FIRE, candidates
from streamgauge.bench.detector.score import match
from streamgauge.bench.detector.simulated import (
    CALM,
    number_change,
    rate_change,
    table_change,
)


def test_every_detector_is_there_and_the_dummy_is_last() -> None:
    names = [candidate.name for candidate in candidates()]
    assert "adwin" in names
    assert names[-1] == ALWAYS_FIRE
    assert len(set(names)) == len(names)


def test_every_detector_finds_a_large_change_of_what_it_is_made_for() -> None:
    streams = [
        rate_change(0.1, 5.0, np.random.default_rng(1)),
        number_change(2.0, 1.0, np.random.default_rng(2)),
        table_change(2.0, 1.0, np.random.default_rng(3)),
    ]
    for candidate in candidates():
        for stream in streams:
            if stream.kind in candidate.kinds:
                found = match(stream, candidate.watch(stream))
                assert found.recall == 1.0, (candidate.name, stream.name)
                assert found.delays[0] <= 500, (candidate.name, stream.name)
                if stream.kind == "table" and candidate.name != ALWAYS_FIRE:
                    assert found.right == 1, candidate.name


def test_watching_goes_on_after_an_alarm() -> None:
    stream = number_change(3.0, 1.0, np.random.default_rng(3))
    twice = stream._replace(values=np.append(stream.values, stream.values))
    (adwin,) = [candidate for candidate in candidates() if candidate.name == "adwin"]
    places = [alarm.at for alarm in adwin.watch(twice)]
    assert len(places) >= 3
    assert CALM < places[0] < CALM + 500
