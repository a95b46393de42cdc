"""The notifier end to end: real Kafka, a real SMTP server, Slack's answers over HTTP."""

import json
import re
import signal
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.bench.receiver_end.mail_end import MailBox
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.contracts.codec import decode
from streamgauge.contracts.dead_letter import DeadLetter
from streamgauge.contracts.notification import Notification
from streamgauge.embedded import free_port
from streamgauge.settings import Settings

from .alert_text import alert
from .process import command, publish

pytestmark = pytest.mark.kafka


@pytest.fixture
def config(tmp_path: Path, mailbox: MailBox, slack: SlackEnd) -> str:
    (tmp_path / "webhook").write_text(slack.url)
    path = tmp_path / "notifier.yml"
    path.write_text(
        f"""
global:
  smtp_smarthost: {mailbox.address}
  smtp_from: alerts@example.org
  smtp_require_tls: false
  slack_api_url_file: webhook
route:
  receiver: team
  group_by: ["..."]
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: team
    console_configs: [{{}}]
    email_configs: [{{to: ops@example.org}}]
    slack_configs: [{{retry_for: 5m}}]
"""
    )
    return str(path)


def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 240
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def health(settings: Settings) -> dict[str, Any]:
    url = f"http://127.0.0.1:{settings.alerting.port}/health"
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except OSError:
        return {}


def notifies(settings: Settings) -> bool:
    return bool(health(settings).get("notifies"))


def ledger(settings: Settings) -> list[Notification]:
    return [
        decode(Notification, message.value() or b"")
        for message in read_to_end(settings.kafka, "notifications")
    ]


def committed(settings: Settings) -> int:
    consumer = Consumer({**settings.kafka.confluent(), "group.id": "streamgauge-notifier"})
    try:
        (place,) = consumer.committed([TopicPartition("alerts", 0)], timeout=10)
        return int(place.offset)
    finally:
        consumer.close()


def subjects(mailbox: MailBox) -> Counter[str]:
    """What was told: fingerprint, episode and state of each mail."""
    return Counter(
        f"{text.partition('Fingerprint: ')[2].split()[0]}-{text[1:].partition(']')[0].lower()}"
        for text in mailbox.texts()
    )


def slacks(slack: SlackEnd) -> set[str]:
    """The models of which Slack was told; one message may tell of several."""
    return set(re.findall(r"model=(m\d+)", str(slack.accepted)))


def test_an_alert_reaches_everybody_once(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox, slack: SlackEnd
) -> None:
    firing, pending = alert(1), alert(2, state="pending")
    with command(deployment, tmp_path, "notifier", STREAMGAUGE_ALERTING__CONFIG=config) as process:
        until(lambda: notifies(deployment), "the notifier owns the topic")
        publish(deployment, [firing, pending, alert(1, "resolved")])
        until(lambda: len(mailbox.mails) == len(slack.accepted) == 2, "mail and Slack")
        until(lambda: committed(deployment) == 3, "the position is committed")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert subjects(mailbox) == {firing.id: 1, alert(1, "resolved").id: 1}
    lines = (tmp_path / "out.txt").read_text().splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["[FIRING]", "[RESOLVED]"]
    phases = Counter((entry.receiver, entry.phase) for entry in ledger(deployment))
    assert phases == {("", "claim"): 1} | {
        (f"team/{kind}", phase): 2
        for kind in ("console", "email", "slack")
        for phase in ("intent", "delivered")
    }
    everything = (tmp_path / "out.log").read_text() + str(ledger(deployment))
    assert "canary" not in everything


def test_a_failing_channel_delays_no_other_and_retry_after_is_kept(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox, slack: SlackEnd
) -> None:
    slack.answers = [(429, "rate_limited", {"Retry-After": "3"}), (500, "rollup_error", {})]
    slack.always = (500, "rollup_error", {})
    with command(deployment, tmp_path, "notifier", STREAMGAUGE_ALERTING__CONFIG=config):
        until(lambda: notifies(deployment), "the notifier owns the topic")
        begun = time.monotonic()
        publish(deployment, [alert(1), alert(2)])
        until(lambda: len(mailbox.mails) == 2, "both mails")
        assert slack.accepted == []
        slack.always = None
        until(lambda: slack.accepted, "Slack in the end")
        assert time.monotonic() - begun >= 3
        until(lambda: committed(deployment) == 2, "both are done")
        slack.answers = [(404, "no_service", {})]
        publish(deployment, [alert(3)])
        until(lambda: committed(deployment) == 3, "a refused message is owed at the next flush")
    (failed,) = [entry for entry in ledger(deployment) if entry.phase == "failed"]
    assert (failed.labels["model"], failed.attempts) == ("m3", 1)
    assert failed.detail == "HTTP 404 no_service"
    assert slacks(slack) == {"m1", "m2", "m3"}


def test_a_first_start_tells_what_fires_now_and_no_old_stories(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox
) -> None:
    publish(deployment, [alert(1), alert(2), alert(1, "resolved")])
    with command(deployment, tmp_path, "notifier", STREAMGAUGE_ALERTING__CONFIG=config):
        until(lambda: committed(deployment) == 3, "the start is committed")
        until(lambda: mailbox.mails, "the mail")
    assert subjects(mailbox) == {alert(2).id: 1}


def test_kill_9_loses_nothing_and_repeats_one_at_most(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox, slack: SlackEnd
) -> None:
    told = [alert(n, state) for n in range(6) for state in ("firing", "resolved")]
    more = {"STREAMGAUGE_ALERTING__CONFIG": config, "STREAMGAUGE_ALERTING__INSTANCE": "first"}
    with command(deployment, tmp_path, "notifier", **more):
        until(lambda: committed(deployment) == 0, "the start is committed")
    kills = 2
    # Each life is killed at another number of mails, also before the group is joined anew.
    for life in range(kills):
        publish(deployment, told[life * 6 : life * 6 + 6])
        wanted = life * 6 + life + 1
        with command(deployment, tmp_path, "notifier", **more):
            until(lambda wanted=wanted: len(mailbox.mails) >= wanted, "some mail")  # type: ignore[misc]  # a lambda has no annotations
    with command(deployment, tmp_path, "notifier", **more):
        until(lambda: committed(deployment) == len(told), "all is told")
    mails = subjects(mailbox)
    assert mails.keys() == {one.id for one in told}
    assert max(mails.values()) <= kills + 1
    # One that is repeated has the same Message-ID, by which it is folded.
    assert len({str(mail["Message-ID"]) for mail in mailbox.mails}) == len(told)
    assert slacks(slack) == {f"m{n}" for n in range(6)}


def test_a_second_notifier_takes_over_and_the_zombie_says_nothing_when_it_wakes_up(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox
) -> None:
    other = msgspec.structs.replace(
        deployment, alerting=msgspec.structs.replace(deployment.alerting, port=free_port())
    )
    more = {"STREAMGAUGE_ALERTING__CONFIG": config}
    with command(deployment, tmp_path, "notifier", **more) as first:
        until(lambda: notifies(deployment), "the first owns the topic")
        with command(other, tmp_path, "notifier", name="other", **more):
            publish(deployment, [alert(1)])
            until(lambda: len(mailbox.mails) == 1, "the first mail")
            # It is frozen while it waits to try again.
            mailbox.data = ["451 later"]
            publish(deployment, [alert(2)])
            until(lambda: not mailbox.data, "a refused mail")
            first.send_signal(signal.SIGSTOP)
            until(lambda: len(mailbox.mails) == 2, "the mail of the one that took over")
            first.send_signal(signal.SIGCONT)
            publish(deployment, [alert(3)])
            until(lambda: len(mailbox.mails) >= 3, "the next mail")
            until(lambda: health(deployment) and not notifies(deployment), "the first gave way")
            assert notifies(other)
    assert subjects(mailbox) == {alert(n).id: 1 for n in (1, 2, 3)}


def test_what_is_no_alert_is_buried_and_the_next_is_told(
    deployment: Settings, tmp_path: Path, config: str, mailbox: MailBox
) -> None:
    with command(deployment, tmp_path, "notifier", STREAMGAUGE_ALERTING__CONFIG=config):
        until(lambda: notifies(deployment), "the notifier owns the topic")
        producer = Producer(deployment.kafka.confluent())
        for garbage in (b"\xff\x00", b"{}", b'{"id": 1}', b""):
            producer.produce("alerts", garbage)
        assert producer.flush(60) == 0
        publish(deployment, [alert(1)], "alerts")
        until(lambda: len(mailbox.mails) == 1, "the mail")
        until(lambda: committed(deployment) == 5, "all is done")
    letters = [
        decode(DeadLetter, message.value() or b"")
        for message in read_to_end(deployment.kafka, "dead-letters")
    ]
    assert [(letter.offset, letter.reason) for letter in letters] == [
        (0, "json"),
        (1, "missing"),
        (2, "type"),
        (3, "empty"),
    ]
    assert letters[0].value == b"\xff\x00"


def test_it_says_how_it_is(deployment: Settings, tmp_path: Path, config: str) -> None:
    beat = tmp_path / "beat"
    beat.write_text("https://beat.example.org/key")
    more = {
        "STREAMGAUGE_ALERTING__CONFIG": config,
        "STREAMGAUGE_ALERTING__HEARTBEAT_URL_FILE": str(beat),
    }
    with command(deployment, tmp_path, "notifier", **more) as process:
        until(lambda: notifies(deployment), "the notifier owns the topic")
        publish(deployment, [alert(1)])
        url = f"http://127.0.0.1:{deployment.alerting.port}/metrics"

        def scraped() -> str:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())

        line = 'streamgauge_notifications_total{result="delivered",target="team/email"} 1.0'
        until(lambda: line in scraped(), "the counter")
        assert 'streamgauge_notifier_alerts_total{state="firing"} 1.0' in scraped()
        assert health(deployment)["status"] == "ok"
        # The watcher's address is read anew with the rest; one that may not be asked changes none.
        for address, result in (
            ("http://beat.example.org/key", "failed"),
            ("https://[::1]", "done"),
        ):
            beat.write_text(address)
            process.send_signal(signal.SIGHUP)
            count = f'streamgauge_notifier_reloads_total{{result="{result}"}} 1.0'
            until(lambda count=count: count in scraped(), "it is read anew")  # type: ignore[misc]  # a lambda has no annotations
    said = (tmp_path / "out.log").read_text()
    assert "the old one holds: alerting.heartbeat_url_file: expected an https address" in said


def test_a_wrong_configuration_ends_with_2_and_an_absent_kafka_with_69(
    deployment: Settings, tmp_path: Path
) -> None:
    wrong = tmp_path / "notifier.yml"
    wrong.write_text("route: {}\nreceivers: []\n")

    def ends(**more: str) -> int:
        with command(deployment, tmp_path, "notifier", **more) as process:
            return process.wait(60)

    assert ends(STREAMGAUGE_ALERTING__CONFIG=str(wrong)) == 2
    assert f"{wrong}:1:" in (tmp_path / "out.log").read_text()
    nowhere = {
        "STREAMGAUGE_KAFKA__BROKERS": "127.0.0.1:1",
        "STREAMGAUGE_KAFKA__START_TIMEOUT": "1",
    }
    assert ends(**nowhere) == 69
    assert "waiting for Kafka" in (tmp_path / "out.log").read_text()
