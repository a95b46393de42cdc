from collections import Counter
from itertools import islice, pairwise

import msgspec

from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.scenario import Scenario, read
from streamgauge.producers.story import story

START = 1_790_000_000_000
BASE = """
rate = 50
duration = 60
feedback = 0.1
[[models]]
name = "result_count"
truth = "result_count"
[labels]
share = 0.5
delay = 5
"""


def told(text: str = "", seed: int = 7) -> list[tuple[float, Event]]:
    return list(story(read(BASE + text, "x"), seed=seed, start_ms=START))


def within(events: list[tuple[float, Event]], first: float, last: float) -> list[Prediction]:
    return [e for at, e in events if isinstance(e, Prediction) and first <= at < last]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def test_the_same_seed_tells_the_same_story_and_another_does_not() -> None:
    assert told() == told()
    assert told() != told(seed=8)


def test_events_are_in_order_of_time_valid_and_as_many_as_asked_for() -> None:
    events = told()
    assert all(a[0] <= b[0] for a, b in pairwise(events))
    for _, event in events:
        assert decode(type(event), encode(event)) == event
    counts = Counter(type(event) for _, event in events)
    # Poisson with mean 3,000: six standard deviations are 330.
    assert abs(counts[Prediction] - 3_000) < 330
    assert counts[Heartbeat] == 12
    assert 0.4 < counts[Outcome] / counts[Prediction] < 0.6
    assert 0.06 < counts[Feedback] / counts[Prediction] < 0.14


def test_truths_belong_to_predictions_and_come_after_their_delay() -> None:
    events = told()
    sent = {e.id: (at, e) for at, e in events if isinstance(e, Prediction)}
    delays, errors = [], []
    for at, event in events:
        if isinstance(event, Outcome):
            then, prediction = sent[event.prediction_id]
            delays.append(at - then)
            if prediction.prediction:
                errors.append(
                    abs(float(event.truth) - float(prediction.prediction))
                    / float(prediction.prediction)
                )
    assert 2.5 <= min(delays) <= max(delays) <= 7.5
    assert mean(errors) < 0.12


def test_latency_and_errors_rise_during_their_fault_only() -> None:
    events = told(
        '[[faults]]\nkind = "latency"\nstart = 20\nduration = 20\nmilliseconds = 200\n'
        '[[faults]]\nkind = "errors"\nstart = 20\nduration = 20\nshare = 0.3\n'
    )
    for first, last, slow, wrong in ((0, 20, 0, 0), (20, 40, 1, 1), (40, 60, 0, 0)):
        some = within(events, first, last)
        assert (mean([e.latency_ms or 0 for e in some]) > 200) is bool(slow)
        assert (mean([float(e.status == "error") for e in some]) > 0.2) is bool(wrong)


def test_a_drifting_feature_moves_and_the_truth_does_not_follow() -> None:
    fault = '[[faults]]\nkind = "drift"\nstart = 30\nfeature = "activity"\nfactor = 3\n'
    calm, moved = told(), told(fault)

    def activity(events: list[tuple[float, Event]], first: float) -> float:
        return mean([float(e.features["activity"] or 0) for e in within(events, first, first + 30)])

    assert activity(moved, 0) == activity(calm, 0)
    assert activity(moved, 30) / activity(calm, 30) > 2.5
    truths = [[e.truth for _, e in events if isinstance(e, Outcome)] for events in (calm, moved)]
    assert truths[0] == truths[1]


def test_in_an_outage_nobody_asks_but_the_service_lives() -> None:
    events = told('[[faults]]\nkind = "outage"\nstart = 20\nduration = 20\n')
    assert not within(events, 20, 40)
    assert sum(isinstance(e, Heartbeat) for _, e in events) == 12


def test_a_dead_service_is_silent_and_an_unhealthy_one_says_so() -> None:
    events = told(
        '[[faults]]\nkind = "service_down"\nstart = 20\nduration = 20\n'
        '[[faults]]\nkind = "service_down"\nstart = 40\nduration = 10\nunhealthy = true\n'
    )
    beats = {at: e for at, e in events if isinstance(e, Heartbeat)}
    assert not within(events, 20, 40)
    assert sorted(beats) == [0, 5, 10, 15, 40, 45, 50, 55]
    assert [beats[at].healthy for at in (15, 40, 45, 50)] == [True, False, False, True]
    assert beats[40].models == {"result_count@1": False}
    assert all(e.fallback for e in within(events, 40, 50) if e.status == "ok")


def test_late_labels_come_later() -> None:
    events = told('[[faults]]\nkind = "late_labels"\nstart = 20\nduration = 20\ndelay = 60\n')
    assert max(at for at, e in events if isinstance(e, Outcome)) > 80


def test_a_story_without_an_end_goes_on_even_when_nobody_asks() -> None:
    scenario = msgspec.convert(
        {"rate": 5, "models": [{"name": "a"}], "faults": [{"kind": "service_down"}]}, Scenario
    )
    assert not list(
        islice(story(msgspec.structs.replace(scenario, duration=5), seed=1, start_ms=START), 9)
    )
    quiet = msgspec.convert(
        {"rate": 5, "models": [{"name": "a"}], "faults": [{"kind": "outage"}]}, Scenario
    )
    events = list(islice(story(quiet, seed=1, start_ms=START), 5))
    assert {type(event) for _, event in events} == {Heartbeat}
