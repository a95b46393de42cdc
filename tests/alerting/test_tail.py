"""`streamgauge tail` on real Kafka, as a person and as a pipe."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from streamgauge.alerting.tail import tail
from streamgauge.contracts.codec import encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import InputError, Settings

from .alert_text import FIRING, RESOLVED, alert
from .process import command, environment, publish
from .rule_text import measure, tick

pytestmark = pytest.mark.kafka


def once(settings: Settings, *words: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "streamgauge", "tail", *words, "--no-follow", "--since", "1h"],
        env=environment(settings),
        capture_output=True,
        timeout=300,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def prediction(number: int, model: str) -> Prediction:
    return Prediction(id=f"p{number}", ts=1_760_000_000_000, model=model, version="1")


def test_a_pipe_gets_json_lines_and_only_what_it_asked_for(deployment: Settings) -> None:
    mild = alert(7, severity="warning", labels={"model": "other"})
    publish(deployment, [FIRING, mild, RESOLVED], "alerts")
    producer = Producer(deployment.kafka.confluent())
    producer.produce("alerts", b"garbage")
    for record in (measure(1, 0.5, model="a"), measure(2, 0.5, model="b"), tick(3)):
        producer.produce("measures", encode(record))
    for number in range(40):
        producer.produce("predictions", encode(prediction(number, "ab"[number % 2])), f"p{number}")
    assert producer.flush(60) == 0

    assert once(deployment, "alerts") == [json.loads(encode(a)) for a in (FIRING, mild, RESOLVED)]
    critical = once(deployment, "alerts", "--severity", "critical", "--json")
    assert [found["id"] for found in critical] == [FIRING.id, RESOLVED.id]
    assert [found["id"] for found in once(deployment, "alerts", "--model", "other")] == [mild.id]
    assert len(once(deployment, "measures")) == 3
    assert [found["start"] for found in once(deployment, "measures", "--model", "b")] == [120_000]
    assert len(once(deployment, "predictions", "--model", "a")) == 20


def test_it_begins_now_follows_and_ends_by_ctrl_c(deployment: Settings, tmp_path: Path) -> None:
    publish(deployment, [FIRING], "alerts")
    out = tmp_path / "out.txt"
    with command(deployment, tmp_path, "tail", "alerts") as process:
        sent = 0

        def seen() -> bool:
            nonlocal sent
            # It says not when it has begun, so new alerts come until it shows one.
            sent += 1
            publish(deployment, [alert(sent)], "alerts")
            return bool(out.read_text())

        until(seen, "a line")
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert FIRING.id not in out.read_text()
    assert "Traceback" not in (tmp_path / "out.log").read_text()


def test_a_reader_that_has_enough_ends_it_silently(deployment: Settings, tmp_path: Path) -> None:
    publish(deployment, [alert(n) for n in range(2_000)], "alerts")
    process = subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "tail", "alerts", "--since", "1h"],
        env=environment(deployment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["state"] == "firing"
        process.stdout.close()
        assert process.wait(60) == 0
        assert process.stderr.read() == b""


def test_a_person_gets_coloured_lines_without_a_strangers_control_characters(
    deployment: Settings,
) -> None:
    nasty = alert(1, annotations={"summary": "evil \x1b[2J\r\nline [bold]"})
    publish(deployment, [nasty], "alerts")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "streamgauge", "tail", "alerts", "--no-follow", "--since", "1h"],
        env=environment(deployment) | {"TERM": "xterm-256color"},
        stdout=theirs,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(theirs)
        shown = os.read(ours, 65_536).decode()
        assert process.wait(60) == 0
    os.close(ours)
    assert "FIRING" in shown
    assert "\x1b[31m" in shown
    assert "\x1b[2J" not in shown
    assert "evil  [2J  line [bold]" in shown


@pytest.mark.parametrize(
    ("words", "named"),
    [({"severity": "info"}, "--severity is for alerts"), ({"since": "a while"}, "no duration")],
)
def test_what_makes_no_sense_is_said(words: dict[str, str], named: str) -> None:
    with pytest.raises(InputError, match=named):
        tail("measures", **words)  # type: ignore[arg-type]  # what a person may type


def test_no_group_remembers_it(deployment: Settings) -> None:
    publish(deployment, [FIRING], "alerts")
    assert once(deployment, "alerts")
    admin = AdminClient(deployment.kafka.confluent())
    groups = [group.group_id for group in admin.list_consumer_groups().result().valid]
    assert "streamgauge-reader" not in groups
