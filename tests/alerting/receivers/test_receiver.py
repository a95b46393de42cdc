"""What every receiver promises: round trip through configuration, no secret told, no end by text.

A new kind of receiver is found by itself and needs a line in HOW.
"""

import io
import logging
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED, alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.configuration import Target, load
from streamgauge.alerting.receivers import kinds
from streamgauge.alerting.receivers.receiver import Context, DeliveryError
from streamgauge.bench.receiver_end.mail_end import MailBox
from streamgauge.bench.receiver_end.pagerduty_end import PagerDutyEnd
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.bench.receiver_end.webhook_end import AlertmanagerEnd, WebhookEnd

# Every secret has it: addresses, keys, passwords.
CANARY = "canary"
# For each kind: its parameters in the file.
HOW: dict[str, str] = {
    "alertmanager": "{urls: ['PEER'], http_config: {bearer_token_file: password}}",
    "apprise": "{urls_file: services}",
    "console": "{}",
    "email": "{to: ops@example.org, auth_username: u, auth_password_file: password}",
    "pagerduty": "{routing_key_file: key}",
    "slack": "{api_url_file: address}",
    "webhook": "{url_file: hook, http_config: {authorization: {credentials_file: password}}}",
}
BAD = msgspec.structs.replace(
    FIRING,
    labels={"model": "\x00\x1b[2J<b>{{ 7 * 7 }}\r\n%s", "x" * 128: "y" * 128},
    annotations={"summary": "\ud7ff 🙂 {0} %n", "description": "\r\n.\r\n" * 500},
    expr="no longer ( promql",
    value=float("nan"),
    peak=float("inf"),
    starts_at=1 << 60,
)
TOLD = (
    notice(FIRING),
    notice(RESOLVED, seq=2),
    notice(BAD, group="bad\r\n🙂"),
    notice(*(alert(n) for n in range(900)), group="storm"),
)
CONTEXT = Context(external_url="https://watch.example.org", ack_link=lambda _: "https://e.org/ack")


@pytest.fixture
def target(
    *,
    kind: str,
    tmp_path: Path,
    mailbox: MailBox,
    slack: SlackEnd,
    pagerduty: PagerDutyEnd,
    webhook: WebhookEnd,
    peer: AlertmanagerEnd,
) -> Target:
    (tmp_path / "address").write_text(slack.url)
    (tmp_path / "hook").write_text(webhook.url)
    (tmp_path / "key").write_text(pagerduty.routing_key)
    (tmp_path / "password").write_text(CANARY)
    # Its JSON plugin posts to any address.
    (tmp_path / "services").write_text(webhook.url.replace("http://", "json://"))
    path = tmp_path / "notifier.yml"
    path.write_text(
        f"global: {{smtp_smarthost: '{mailbox.address}', smtp_from: a@example.org,"
        f" smtp_require_tls: false, pagerduty_url: '{pagerduty.url}'}}\nroute: {{receiver: r}}\n"
        f"receivers:\n- name: r\n  {kind}_configs: [{HOW[kind].replace('PEER', peer.origin)}]\n"
    )
    return load(path).targets[f"r/{kind}"]


@pytest.fixture
def arrived(
    mailbox: MailBox,
    slack: SlackEnd,
    pagerduty: PagerDutyEnd,
    webhook: WebhookEnd,
    peer: AlertmanagerEnd,
) -> dict[str, Callable[[], int]]:
    return {
        "alertmanager": lambda: peer.asked,
        "apprise": lambda: len(webhook.log),
        "email": lambda: len(mailbox.mails),
        "pagerduty": lambda: len(pagerduty.log),
        "slack": lambda: len(slack.log),
        "webhook": lambda: len(webhook.log),
    }


def test_every_kind_is_tried_here() -> None:
    assert kinds().keys() == HOW.keys()


@pytest.mark.parametrize("kind", sorted(HOW))
async def test_it_tells_whatever_stands_in_an_alert_and_never_its_secret(
    kind: str,
    target: Target,
    arrived: dict[str, Callable[[], int]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    seen = [repr(target), repr(vars(target.receiver)), repr(target.receiver)]
    printed = io.StringIO()
    count = 0
    with redirect_stdout(printed):
        for one in TOLD:
            try:
                seen.append(repr(await target.receiver.send([one], CONTEXT)))
            except DeliveryError as error:
                # This server offers no login: with one configured, nothing leaves.
                assert kind == "email"
                seen.append(f"{error} {error!r} {error.__cause__!r}")
            else:
                count += 1
    await target.receiver.close()
    assert count == (0 if kind == "email" else len(TOLD))
    told = len(printed.getvalue().splitlines()) if kind == "console" else arrived[kind]()
    assert told == count
    assert CANARY not in " ".join([*seen, printed.getvalue(), caplog.text])
    assert "\x1b" not in printed.getvalue()


@pytest.mark.parametrize("kind", sorted(HOW.keys() - {"console", "email"}))
async def test_no_failure_tells_a_secret(
    *,
    kind: str,
    target: Target,
    slack: SlackEnd,
    pagerduty: PagerDutyEnd,
    webhook: WebhookEnd,
    peer: AlertmanagerEnd,
) -> None:
    seen = []
    for end in (slack, pagerduty, webhook, peer):
        # Apprise follows redirects by itself.
        second = 500 if kind == "apprise" else 302
        end.answers = [(500, CANARY + " " * 60, {}), (second, "", {"Location": end.url}), "reset"]
    for _ in range(3):
        with pytest.raises(DeliveryError) as caught:
            await target.receiver.send([notice(FIRING)], CONTEXT)
        error = caught.value
        seen.append(f"{error} {error!r} {error.__cause__!r}")
        # A traceback would show what led to it: with the address.
        assert error.__context__ is None or error.__suppress_context__
    await target.receiver.close()
    assert CANARY not in " ".join(seen)
