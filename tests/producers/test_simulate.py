import asyncio
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Message

from streamgauge.contracts.codec import decode
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.data_row import data_rows
from streamgauge.producers.scenario import Scenario, load
from streamgauge.producers.scenario import read as parse
from streamgauge.producers.simulate import drive
from streamgauge.settings import InputError, Kafka, Settings

Read = Callable[..., list[Message]]
SCENARIO = """
rate = 40
duration = 4
feedback = 0.3
[[models]]
name = "duration_s"
truth = "duration_s"
[labels]
share = 0.5
delay = 0.2
"""


def scenario(text: str = "") -> Scenario:
    return parse(SCENARIO + text, "test.toml")


async def test_requests_become_predictions_with_truths_and_ratings_that_carry_receipts(
    served: tuple[Settings, str, Path], read: Read
) -> None:
    settings, url, folder = served
    since = time.time() * 1000
    tally = await drive(scenario(), settings=settings, url=url, data=folder / "scan_history.jsonl")
    assert 100 < tally.predictions < 230
    assert (tally.errors, tally.unanswered, tally.dropped, tally.failed) == (0, 0, 0, 0)
    assert 0.3 < tally.outcomes / tally.predictions < 0.7
    assert tally.feedback > 10

    def ours(message: Message) -> bool:
        return message.timestamp()[1] >= since - 1_000

    predictions = {
        event.id: event
        for message in read("predictions", tally.predictions, ours)
        if (event := decode(Prediction, message.value() or b"")).ts >= since
    }
    desk = settings.receipt.desk()
    assert desk
    for message in read("outcomes", tally.outcomes, ours):
        truth = decode(Outcome, message.value() or b"")
        if truth.ts < since:
            continue
        claims = desk.check(truth.receipt or "", now=truth.ts)
        assert getattr(claims, "id", None) == truth.prediction_id
        assert predictions[truth.prediction_id].ts <= truth.ts
    for message in read("feedback", tally.feedback, ours):
        rating = decode(Feedback, message.value() or b"")
        if rating.ts >= since:
            assert 1 <= (rating.rating or 0) <= 5
            assert predictions[rating.prediction_id or ""].session == rating.session


async def test_faults_are_asked_for_and_counted(served: tuple[Settings, str, Path]) -> None:
    settings, url, folder = served
    faults = (
        '[[faults]]\nkind = "errors"\nstart = 0\nduration = 2\nshare = 1.0\n'
        '[[faults]]\nkind = "outage"\nstart = 2\nduration = 2\n'
    )
    tally = await drive(
        scenario(faults), settings=settings, url=url, data=folder / "scan_history.jsonl"
    )
    # All of the first two seconds failed, and nobody came in the last two.
    assert tally.errors == tally.predictions
    assert 40 < tally.predictions < 130


async def test_stop_ends_a_run_at_once(served: tuple[Settings, str, Path]) -> None:
    settings, url, folder = served
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5, stop.set)
    endless = msgspec.structs.replace(scenario(), duration=None)
    tally = await asyncio.wait_for(
        drive(endless, settings=settings, url=url, data=folder / "scan_history.jsonl", stop=stop),
        20,
    )
    assert tally.predictions < 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[faults]]\nkind = "drift"\nfeature = "colour"\n', "no feature 'colour'; expected of"),
        ('[[models]]\nname = "weather"\n', "no model 'weather' is served; expected of"),
    ],
)
async def test_what_the_service_does_not_know_is_told(
    served: tuple[Settings, str, Path], text: str, said: str
) -> None:
    settings, url, folder = served
    with pytest.raises(InputError, match=said):
        await drive(scenario(text), settings=settings, url=url, data=folder / "scan_history.jsonl")


async def test_without_a_service_the_topics_are_filled_directly(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex
    chosen = read_scenario(mark)
    tally = await drive(chosen, settings=Settings(kafka=broker), direct=True, seed=11)
    assert abs(tally.predictions - 800) < 170
    assert tally.heartbeats == 1
    assert (tally.dropped, tally.failed) == (0, 0)

    def ours(message: Message) -> bool:
        return mark.encode() in (message.value() or b"")

    sent = [
        decode(Prediction, message.value() or b"")
        for message in read("predictions", tally.predictions, ours)
    ]
    assert {event.version for event in sent} == {"1", "2"}
    assert len({event.id for event in sent}) == tally.predictions


def read_scenario(model: str) -> Scenario:
    text = f'rate = 400\nduration = 2\n[[models]]\nname = "{model}"\nversions = {{1 = 1, 2 = 1}}\n'
    return parse(text, "test.toml")


async def test_a_drift_of_no_feature_is_told_in_direct_mode_too() -> None:
    wrong = parse(
        'rate = 1\n[[models]]\nname = "a"\n[[faults]]\nkind = "drift"\nfeature = "colour"\n', "x"
    )
    with pytest.raises(InputError, match=r"no feature 'colour'; expected of universe_size"):
        await drive(wrong, settings=Settings(kafka=Kafka(brokers="127.0.0.1:1")), direct=True)


def test_wrong_data_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    for text, said in {
        "": "no rows",
        '{"a": 1}\nnonsense\n': "d.jsonl:2: expected a JSON object",
        '{"a": 1}\n[1]\n': "d.jsonl:2: expected a JSON object",
        '{"a": [1]}\n': "d.jsonl:1: a: expected a number or text",
    }.items():
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            data_rows(path)
    with pytest.raises(InputError, match="streamgauge generate"):
        data_rows(tmp_path / "none.jsonl")


def test_the_demo_has_one_incident_that_begins_and_ends_within_half_a_minute() -> None:
    demo = load("demo")
    assert {type(fault).__name__ for fault in demo.faults} == {"Latency", "Errors"}
    assert len({(fault.start, fault.duration) for fault in demo.faults}) == 1
    assert all(fault.start + fault.duration <= 30 for fault in demo.faults)
