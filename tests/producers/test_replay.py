import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Message

from streamgauge.contracts.codec import decode
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.models.train import columns as features
from streamgauge.settings import Kafka, Settings

Read = Callable[..., list[Message]]


def command(*arguments: str, brokers: str = "127.0.0.1:1") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamgauge", "replay", *arguments],
        env={**os.environ, "STREAMGAUGE_KAFKA__BROKERS": brokers},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_real_recording_is_sent_as_predictions_and_outcomes(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex
    arguments = ("--dataset", "water-flow", "--model", mark, "--speed", "3600000", "--json")
    done = command(*arguments, brokers=broker.brokers)
    assert done.returncode == 0, done.stderr
    tally = msgspec.json.decode(done.stdout)
    # 1,268 hours; the first 24 have no day before them to predict from.
    assert (tally["predictions"], tally["outcomes"]) == (1_244, 1_244)

    def ours(message: Message) -> bool:
        return mark.encode() in (message.value() or b"")

    messages = read("predictions", 1_244, ours)
    sent = {m.key(): decode(Prediction, m.value() or b"") for m in messages}
    truths = {m.key(): decode(Outcome, m.value() or b"") for m in read("outcomes", 1_244, ours)}
    assert sent.keys() == truths.keys()
    first = min(messages, key=original)
    event = sent[first.key()]
    # The 25th row of the file, 2022-03-21T11:00+01:00, is predicted by the first.
    assert original(first) == b"1647856800000"
    assert (event.prediction, event.task) == (100.59, "regression")
    span = max(e.ts for e in sent.values()) - min(e.ts for e in sent.values())
    assert 1_200 < span < 1_400


def original(message: Message) -> bytes:
    value = dict(message.headers() or [])["sg_original_ts"]
    assert isinstance(value, bytes)
    return value


def test_a_served_model_is_asked_and_its_receipts_come_back(
    served: tuple[Settings, str, Path], tmp_path: Path, read: Read
) -> None:
    settings, url, folder = served
    mark = uuid.uuid4().hex
    path = tmp_path / "scans.jsonl"
    lines = (folder / "scan_history.jsonl").read_text().splitlines()[:20]
    path.write_text(
        "".join(line.replace('"region":"', f'"region":"{mark}') + "\n" for line in lines)
    )
    columns = ",".join(column.name for column in features())
    done = command(
        str(path),
        *("--ask", f"{url}/predict/duration_s", "--model", "duration_s", "--label", "duration_s"),
        *("--features", columns, "--dimensions", "region", "--rate", "50", "--json"),
        brokers=settings.kafka.brokers,
    )
    assert done.returncode == 0, done.stderr
    tally = msgspec.json.decode(done.stdout)
    assert (tally["predictions"], tally["outcomes"], tally["errors"]) == (20, 20, 0)
    messages = read("predictions", 20, lambda m: mark.encode() in (m.value() or b""))
    # The service publishes what it predicts; the replay adds the truths only.
    asked = {decode(Prediction, m.value() or b"").id for m in messages}
    assert len(asked) == 20

    def told(message: Message) -> bool:
        return (message.key() or b"").decode() in asked

    truths = [decode(Outcome, m.value() or b"") for m in read("outcomes", 20, told)]
    desk = settings.receipt.desk()
    assert desk
    for truth in truths:
        claims = desk.check(truth.receipt or "", now=truth.ts)
        assert getattr(claims, "id", None) == truth.prediction_id


def test_rows_that_do_not_fit_the_asked_model_end_with_status_2(
    served: tuple[Settings, str, Path], tmp_path: Path
) -> None:
    settings, url, _ = served
    path = tmp_path / "r.csv"
    path.write_text("colour,y\n1,2\n")
    ask = ("--ask", f"{url}/predict/duration_s", "--label", "y")
    done = command(str(path), *ask, brokers=settings.kafka.brokers)
    assert done.returncode == 2
    assert "answered 422" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--prediction", "q"), "r.csv:1: no column 'q' (--prediction); expected of t, p"),
        (("--prediction", "p"), "r.csv:3: column p: expected a number, got 'x'"),
        (("--speed", "2"), "--speed needs --time"),
        (("--rate", "0"), "expected --rate above 0"),
        (("--rate", "1", "--speed", "1"), "exclude each other"),
        (("--baseline", "2"), "--baseline needs --label"),
    ],
)
def test_bad_input_ends_with_status_2_and_says_where(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    path = tmp_path / "r.csv"
    path.write_text("t,p\n2020-01-01,1\n2020-01-02,x\n2020-01-03,3\n")
    done = command(str(path), *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_kafka_being_away_ends_with_status_69(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("p\n1\n")
    settings = tmp_path / "s.toml"
    settings.write_text("[kafka]\nstart_timeout = 1.0\n")
    done = command(str(path), "--prediction", "p", "--config", str(settings))
    assert done.returncode == 69, done.stderr
