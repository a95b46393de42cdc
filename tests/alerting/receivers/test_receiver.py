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
from tests.alerting.alert_text import FIRING, RESOLVED
from tests.alerting.notice_text import notice

from streamgauge.alerting.configuration import Target, load
from streamgauge.alerting.receivers import kinds
from streamgauge.alerting.receivers.receiver import Context, DeliveryError
from streamgauge.bench.receiver_end.mail_end import MailBox
from streamgauge.bench.receiver_end.slack_end import SlackEnd

CANARY = "canary-7f3a"
# For each kind: its parameters in the file, and how many messages arrived.
HOW: dict[str, str] = {
    "console": "{}",
    "email": "{to: ops@example.org, auth_username: u, auth_password_file: password}",
    "slack": "{api_url_file: webhook}",
}
BAD = msgspec.structs.replace(
    FIRING,
    labels={"model": "\x00\x1b[2J<b>{{ 7 * 7 }}\r\n%s", "x" * 128: "y" * 128},
    annotations={"summary": "\ud7ff 🙂 {0} %n", "description": "\r\n.\r\n" * 500},
    expr="no longer ( promql",
)


@pytest.fixture
def target(kind: str, tmp_path: Path, mailbox: MailBox, slack: SlackEnd) -> Target:
    (tmp_path / "webhook").write_text(slack.url)
    (tmp_path / "password").write_text(CANARY)
    path = tmp_path / "notifier.yml"
    path.write_text(
        f"global: {{smtp_smarthost: '{mailbox.address}', smtp_from: a@example.org,"
        f" smtp_require_tls: false}}\nroute: {{receiver: r}}\n"
        f"receivers:\n- name: r\n  {kind}_configs: [{HOW[kind]}]\n"
    )
    return load(path).targets[f"r/{kind}"]


def arrived(
    mailbox: MailBox, slack: SlackEnd, printed: io.StringIO
) -> dict[str, Callable[[], int]]:
    return {
        "console": lambda: len(printed.getvalue().splitlines()),
        "email": lambda: len(mailbox.mails),
        "slack": lambda: len(slack.accepted),
    }


def test_every_kind_is_tried_here() -> None:
    assert kinds().keys() == HOW.keys()


@pytest.mark.parametrize("kind", sorted(HOW))
async def test_it_tells_whatever_stands_in_an_alert(
    kind: str, target: Target, mailbox: MailBox, slack: SlackEnd, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if kind == "email":
        # This server offers no login: with one configured, nothing leaves, and nothing is told.
        with pytest.raises(DeliveryError) as caught:
            await target.receiver.send([notice(FIRING)], Context())
        assert CANARY not in str(caught.value)
        assert CANARY not in caplog.text
        return
    printed = io.StringIO()
    with redirect_stdout(printed):
        for alert in (FIRING, RESOLVED, BAD):
            answer = await target.receiver.send([notice(alert)], Context())
            assert CANARY not in answer.detail
    await target.receiver.close()
    assert arrived(mailbox, slack, printed)[kind]() == 3
    assert CANARY not in printed.getvalue()
    assert CANARY not in caplog.text
    assert "\x1b" not in printed.getvalue()


@pytest.mark.parametrize("kind", sorted(HOW))
async def test_its_secret_is_nowhere_to_be_seen(kind: str, target: Target, slack: SlackEnd) -> None:
    slack.always = (500, CANARY + " " * 60, {})
    seen = [repr(target), repr(vars(target.receiver)), repr(target.receiver)]
    try:
        await target.receiver.send([notice(FIRING)], Context())
    except DeliveryError as error:
        seen += [str(error), repr(error), repr(error.__cause__)]
    await target.receiver.close()
    assert CANARY not in " ".join(seen)
