"""`streamgauge rules backtest` reads files, the archive and Kafka, and finds the same in each."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.alerting.rule_text import MINUTE, measure, signal, tick
from tests.archive.sample import put

from streamgauge.alerting.backtest.report import Report
from streamgauge.archive.backtest import backtest
from streamgauge.archive.past import readings
from streamgauge.archive.read import Reader
from streamgauge.archive.store import Store
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import AnyReading, Measure, Signal, Tick
from streamgauge.settings import InputError, Settings

RULES = """
groups:
- name: g
  rules:
  - {alert: Bad, expr: prediction_error_ratio > LIMIT, for: 2m}
  - {alert: Drift, expr: drift_signal == 1}
"""


def stream(begin: int) -> list[AnyReading]:
    """Half an hour with three bad minutes, whose middle one is revised, and a drift."""
    told: list[AnyReading] = []
    for minute in range(begin, begin + 30):
        value = 0.5 if 10 <= minute - begin < 13 else 0.01
        told += [measure(minute, value, final=False, revision=5), measure(minute, value)]
        told.append(msgspec.structs.replace(measure(minute, value), window="5m", base=False))
        told.append(tick(minute + 1))
    told.append(signal(begin + 20, active=True))
    told.append(signal(begin + 25, active=False))
    return told


@pytest.fixture
def rules(tmp_path: Path) -> Callable[[float], Path]:
    def write(limit: float) -> Path:
        path = tmp_path / f"rules-{limit}.yml"
        path.write_text(RULES.replace("LIMIT", str(limit)))
        return path

    return write


def told(capsys: pytest.CaptureFixture[str]) -> Report:
    return msgspec.json.decode(capsys.readouterr().out, type=Report)


def found(report: Report, begin: int) -> list[tuple[str, int, int]]:
    return [
        (one.rule, one.fired_at // MINUTE - begin, one.lasted(0) // MINUTE)
        for one in report.episodes
    ]


EXPECTED = [("Bad", 12, 2), ("Drift", 20, 5)]


def test_a_file_of_json_lines_is_judged_and_compared(
    tmp_path: Path, rules: Callable[[float], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "measures.jsonl"
    path.write_bytes(b"\n".join(map(encode, stream(100))))
    backtest(rules(0.1), against=[rules(0.9)], measures=path, json=True)
    report = told(capsys)
    assert found(report, 100) == EXPECTED
    assert report.added is not None
    assert [one.rule for one in report.added] == ["Bad"]
    assert report.removed == []
    backtest(rules(0.1), against=[rules(0.9)], measures=path)
    text = capsys.readouterr().out
    assert "only with the new rules: 1\n" in text
    assert "only with the old rules: 0\n" in text


def test_an_archive_gives_what_was_published_and_the_same_alerts(
    store: Store,
    tmp_path: Path,
    rules: Callable[[float], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin = int(time.time() * 1000) // MINUTE - 60
    sent = stream(begin)
    put(store, sent, topic="measures")
    back = list(readings(Reader(store.folder), 0, (begin + 60) * MINUTE, 60.0))
    assert [one for one in back if isinstance(one, Tick | Signal)] == [
        one for one in sent if isinstance(one, Tick | Signal)
    ]
    narrow = [one for one in back if isinstance(one, Measure) and one.window == "1m"]
    assert narrow == [one for one in sent if isinstance(one, Measure) and one.window == "1m"]
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[archive]\nfolder = "{store.folder}"\n')
    backtest(rules(0.1), archive=True, since="2h", config=settings, json=True)
    assert found(told(capsys), begin) == EXPECTED


@pytest.mark.kafka
def test_the_topic_gives_the_same_alerts(
    deployment: Settings,
    tmp_path: Path,
    rules: Callable[[float], Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin = int(time.time() * 1000) // MINUTE - 60
    producer = Producer(deployment.kafka.confluent())
    for one in stream(begin):
        producer.produce("measures", encode(one))
    producer.produce("measures", b"garbage")
    assert producer.flush(60) == 0
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[kafka]\nbrokers = "{deployment.kafka.brokers}"\n')
    backtest(rules(0.1), since="2h", config=settings, json=True)
    printed = capsys.readouterr()
    report = msgspec.json.decode(printed.out, type=Report)
    assert found(report, begin) == EXPECTED
    assert "1 records of measures are unreadable" in printed.err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "soon"}, "--since: 'soon' is no duration"),
        ({"since": "1h", "until": "2h"}, "expected to begin before the end"),
        ({"archive": True, "measures": Path("x")}, "expected one of them"),
        ({"measures": Path("absent.jsonl")}, "absent.jsonl: No such file"),
    ],
)
def test_what_makes_no_sense_is_said(asked: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        backtest(**asked)  # type: ignore[arg-type]  # several kinds of options


def test_a_line_that_is_no_reading_is_named(tmp_path: Path) -> None:
    path = tmp_path / "measures.jsonl"
    path.write_text("{}\n")
    with pytest.raises(InputError, match="line 1: "):
        backtest(measures=path)
