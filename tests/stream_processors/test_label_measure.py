"""Outcomes to measures on real Kafka and Redis: by receipt, by id, early, twice and corrected."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.codec import encode
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.join import Join
from streamgauge.settings import Settings, Window, Worker
from streamgauge.stream_processors.label_join import claims_of

pytestmark = pytest.mark.kafka
STAGES = ("worker", "measure", "merge", "--no-supervised")
WINDOW = Window(width=5.0, delay=1.0, lateness=60.0, idle=1.0, tick=1.0)


@pytest.fixture
def settings(deployment: Settings, tmp_path: Path) -> Settings:
    worker = Worker(port=deployment.worker.port, datadir=tmp_path / "worker", instance="one")
    joined = Join(models=("m",))
    return msgspec.structs.replace(deployment, window=WINDOW, worker=worker, join=joined)


def prediction(number: int) -> Prediction:
    now = int(time.time() * 1_000)
    fields: dict[str, Any] = {"task": "classification", "confidence": 0.8, "prediction": "cat"}
    return Prediction(id=f"p{number}", ts=now, model="m", version="7", **fields)


def outcome(number: int, truth: str, **fields: Any) -> Outcome:
    now = int(time.time() * 1_000)
    return Outcome(id=f"o{number}", ts=now, prediction_id=f"p{number}", truth=truth, **fields)


def send(settings: Settings, topic: str, events: list[Outcome] | list[Prediction]) -> None:
    producer = Producer(settings.kafka.confluent())
    for event in events:
        key = event.prediction_id if isinstance(event, Outcome) else event.id
        producer.produce(topic, encode(event), key)
    assert producer.flush(60) == 0


def day(settings: Settings, source: str = "outcomes") -> dict[str, float]:
    """What the newest measure of the predictions' day says; a test may cross midnight: of both."""
    newest = {
        one.start: one.values
        for one in records.measures(settings)
        if one.source == source
        and one.labels == {"model": "m", "version": "7", "by": "prediction_day"}
    }
    return newest[max(newest)] if newest else {}


def arrived(settings: Settings, verdict: str) -> int:
    """How many outcomes arrived of a kind, over all narrow windows."""
    newest = {
        (one.start, *one.labels.values()): one.values
        for one in records.measures(settings)
        if one.source == "outcomes" and one.base and one.labels.keys() == {"model", "version"}
    }
    name = f'outcome_verdict_ratio{{verdict="{verdict}"}}'
    return sum(
        round(values.get(name, 0.0) * values.get("outcome_count", 0.0))
        for values in newest.values()
    )


def test_a_day_ends_at_what_is_true_whatever_came_early_twice_or_wrong(
    settings: Settings, tmp_path: Path
) -> None:
    desk = settings.receipt.desk()
    assert desk
    made = [prediction(number) for number in range(80)]
    early = [outcome(number, "cat" if number % 3 else "dog") for number in range(30)]
    proven = [
        outcome(number, "cat", receipt=desk.issue(claims_of(made[number], {})))
        for number in range(30, 60)
    ]
    with running(settings, tmp_path, *STAGES):
        send(settings, "outcomes", early + proven)
        wait_until(lambda: arrived(settings, "orphan") == 30, 60, "outcomes of the future")
        send(settings, "predictions", made)
        wait_until(lambda: day(settings).get("label_count") == 60, 60, "all labels")
        covered = {"label_coverage_ratio": 0.75, 'label_stage{stage="provisional"}': 1.0}
        wait_until(lambda: day(settings, "coverage") == covered, 30, "the coverage")
    assert day(settings)["model_accuracy"] == 50 / 60
    # All of it once more, and the truth about some is another now.
    forged = [msgspec.structs.replace(proven[0], receipt=f"{proven[0].receipt}x")]
    better = [outcome(number, "newt", revision=1) for number in range(55, 65)]
    send(settings, "outcomes", early + proven + forged + better)
    with running(settings, tmp_path, *STAGES):
        wait_until(lambda: day(settings).get("model_accuracy") == 45 / 60, 60, "the corrections")
        wait_until(lambda: arrived(settings, "duplicate") == 60, 30, "the repeats")
    told = day(settings)
    assert told["label_count"] == 60
    assert told['model_recall{class="cat"}'] == 1.0
    assert told['model_precision{class="cat"}'] == 45 / 60
    assert told['model_confusion_ratio{truth="newt",predicted="cat"}'] == 5 / 60
    assert arrived(settings, "correction") == 5
    assert arrived(settings, "unmatched") == 5
    letters = records.dead_letters(settings).values()
    assert [letter.reason for letter in letters] == ["receipt"]
