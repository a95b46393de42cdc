"""One episode through a real notifier to every channel that speaks HTTP, with lost answers."""

from pathlib import Path

import pytest
from tests.conftest import wait_until

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.bench.receiver_end.pagerduty_end import PagerDutyEnd
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.bench.receiver_end.webhook_end import AlertmanagerEnd, WebhookEnd
from streamgauge.settings import Settings

from .alert_text import alert
from .process import command, publish

pytestmark = pytest.mark.kafka

CONFIG = """
global:
  slack_app_token_file: token
  slack_app_url: SLACK/api/
  pagerduty_url: PAGERDUTY
route:
  receiver: all
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: all
    slack_configs: [{channel: C1}]
    pagerduty_configs: [{routing_key_file: key}]
    webhook_configs: [{url_file: hook}]
    alertmanager_configs: [{urls: [PEER]}]
"""


def test_an_episode_is_told_once_on_every_channel_though_answers_are_lost(
    *,
    deployment: Settings,
    tmp_path: Path,
    slack: SlackEnd,
    pagerduty: PagerDutyEnd,
    webhook: WebhookEnd,
    peer: AlertmanagerEnd,
) -> None:
    text = CONFIG.replace("SLACK", slack.origin).replace("PAGERDUTY", pagerduty.url)
    (tmp_path / "notifier.yml").write_text(text.replace("PEER", peer.origin))
    for name, secret in (
        ("token", slack.token),
        ("key", pagerduty.routing_key),
        ("hook", webhook.url),
    ):
        (tmp_path / name).write_text(secret)
    for end in (slack, pagerduty, webhook):
        # Taken, and the answer never comes.
        end.lost, end.answers = True, ["reset"]
    config = {"STREAMGAUGE_ALERTING__CONFIG": str(tmp_path / "notifier.yml")}
    with command(deployment, tmp_path, "notifier", **config):
        publish(deployment, [alert(1)])
        wait_until(lambda: all(end.asked > 1 for end in (slack, pagerduty, webhook)), 40, "again")
        wait_until(lambda: slack.messages and pagerduty.log and peer.log, 20, "all fire")
        publish(deployment, [alert(1, "resolved")])
        wait_until(lambda: len(slack.messages) == 2, 20, "Slack's thread")
        wait_until(lambda: webhook.accepted[-1]["status"] == "resolved", 20, "the webhook")
        wait_until(lambda: len(peer.log) == 2, 20, "Alertmanager")
        wait_until(lambda: pagerduty.incidents[0].status == "resolved", 20, "PagerDuty")
    first, reply = slack.messages.values()
    assert first["text"].startswith("[RESOLVED]")
    assert "thread_ts" in reply
    assert "possible repeat" not in str(slack.messages)
    assert len(pagerduty.incidents) == 1
    keys = [one.headers["Idempotency-Key"] for one in webhook.log]
    assert keys[0] == keys[1] != keys[2]
    assert len(keys) == 3
    told = b"".join(one.value() or b"" for one in read_to_end(deployment.kafka, "notifications"))
    assert b"delivered" in told
    assert b"canary" not in told + (tmp_path / "out.log").read_bytes()
