"""Everybody who is told while the notifier is killed, and the configuration that names them."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from streamgauge.bench.crash_story import CHANNELS, Trial
from streamgauge.bench.crash_verdict import (
    Seen,
    Verdict,
    judge,
    read_event,
    read_text,
    read_webhook,
)
from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.mail_end import MailBox, mail_server
from streamgauge.bench.receiver_end.pagerduty_end import PagerDutyEnd
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd

T = TypeVar("T")
_CONFIGURATION = """
global:
  smtp_smarthost: {mail}
  smtp_from: alerts@example.org
  smtp_require_tls: false
route:
  receiver: webhook
  group_by: [channel, trial]
  group_wait: 0s
  group_interval: 100ms
  routes:
    - {{matchers: ['channel="slack"'], receiver: slack}}
    - {{matchers: ['channel="email"'], receiver: email}}
    - {{matchers: ['channel="pagerduty"'], receiver: pagerduty}}
receivers:
  - name: slack
    slack_configs:
      - {{bot_token_file: bot, channel: alerts, app_url: "{slack}/api/chat.postMessage",
          send_resolved: true}}
  - name: email
    email_configs: [{{to: ops@example.org, send_resolved: true}}]
  - name: pagerduty
    pagerduty_configs: [{{routing_key_file: routing, url: "{pagerduty}"}}]
  - name: webhook
    webhook_configs: [{{url: "{webhook}"}}]
streamgauge:
  hosts: [127.0.0.1/32]
"""


class Ends:
    """Slack, a mail server, PagerDuty and a webhook, and what they have accepted so far.

    `seen` has the alerts of each channel's messages in their order, `keys` what names each message.
    """

    def __init__(
        self, slack: SlackEnd, mail: MailBox, pagerduty: PagerDutyEnd, webhook: WebhookEnd
    ) -> None:
        self.slack, self.mail, self.pagerduty, self.webhook = slack, mail, pagerduty, webhook
        self.seen: dict[str, list[Seen]] = {channel: [] for channel in CHANNELS}
        self.keys: dict[str, list[str]] = {channel: [] for channel in CHANNELS}
        self._read = dict.fromkeys(CHANNELS, 0)
        self._parts: dict[str, set[str]] = {}

    def write(self, folder: Path) -> Path:
        """The notifier's configuration and its secrets, in a folder."""
        (folder / "bot").write_text(self.slack.token)
        (folder / "routing").write_text(self.pagerduty.routing_key)
        path = folder / "alertmanager.yml"
        path.write_text(
            _CONFIGURATION.format(
                mail=self.mail.address,
                slack=self.slack.origin,
                pagerduty=self.pagerduty.url,
                webhook=self.webhook.url,
            )
        )
        return path

    def accepted(self) -> int:
        """How many messages were accepted."""
        https = len(self.slack.log) + len(self.pagerduty.log) + len(self.webhook.log)
        return https + len(self.mail.mails)

    def read(self) -> set[tuple[str, Seen]]:
        """Read what was accepted since the last time; returns what each channel was told."""
        for one in self._new("slack", self.slack.log):
            if one.path.endswith("postMessage"):
                self.seen["slack"] += read_text(str(one.body))
                self.keys["slack"] += one.body["metadata"]["event_payload"]["keys"]
        for mail in self._new("email", self.mail.mails):
            body = mail.get_body(("plain",))
            self.seen["email"] += read_text(str(body.get_content()) if body else "")
            self.keys["email"].append(str(mail["Message-ID"]))
        for one in self._new("pagerduty", self.pagerduty.log):
            self.seen["pagerduty"] += read_event(one.body, self._parts)
        for one in self._new("webhook", self.webhook.log):
            self.seen["webhook"] += read_webhook(one.body)
            self.keys["webhook"].append(one.headers["Idempotency-Key"])
        return {(channel, one) for channel, seen in self.seen.items() for one in seen}

    def judge(self, trials: Iterable[Trial]) -> Verdict:
        """What people saw."""
        self.read()
        verdict = judge(trials, self.seen, self.keys)
        opened = [part for one in self.pagerduty.incidents for part in self._parts[one.key]]
        verdict.duplicate_incidents = len(opened) - len(set(opened))
        return verdict

    def _new(self, channel: str, log: list[T]) -> list[T]:
        begin, self._read[channel] = self._read[channel], len(log)
        return log[begin : self._read[channel]]


@contextmanager
def ends() -> Iterator[Ends]:
    """All of them while the block runs."""
    with ExitStack() as stack:
        yield Ends(
            stack.enter_context(serve(SlackEnd)),
            stack.enter_context(mail_server()),
            stack.enter_context(serve(PagerDutyEnd)),
            stack.enter_context(serve(WebhookEnd)),
        )
