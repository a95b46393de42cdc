from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.alerting.alert_text import FIRING, RESOLVED
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.email import Email, EmailReceiver, Smtp
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.bench.receiver_end.mail_end import MailBox


def receiver(box: MailBox, to: str = "ops@example.org", **defaults: Any) -> EmailReceiver:
    smtp = Smtp(
        smtp_smarthost=box.address,
        smtp_from="streamgauge <alerts@example.org>",
        **({"smtp_require_tls": False} | defaults),
    )
    return Email(to=to).open(smtp, Surroundings(folder=Path()))


async def test_a_mail_has_text_and_html_and_its_episode_is_one_thread(mailbox: MailBox) -> None:
    mail = receiver(mailbox)
    assert (await mail.send([notice(FIRING)], Context())).detail.startswith("SMTP 250")
    await mail.send([notice(RESOLVED, seq=2)], Context())
    first, second = mailbox.mails
    assert first["Subject"] == "[FIRING] critical: result_count 2: 8.1% errors"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    text = first.get_body(("plain",))
    assert text is not None
    assert "threshold > 0.05" in text.get_content()


async def test_no_text_becomes_a_header(mailbox: MailBox) -> None:
    bad = msgspec.structs.replace(
        FIRING, annotations={"summary": "x\r\nBcc: all@example.org\r\n\r\nbody"}
    )
    await receiver(mailbox).send([notice(bad)], Context())
    assert mailbox.mails[0]["Bcc"] is None
    assert mailbox.mails[0]["To"] == "ops@example.org"


@pytest.mark.parametrize(("answer", "permanent"), [("451 later", False), ("550 never", True)])
async def test_4xx_may_be_tried_again_and_5xx_not(
    mailbox: MailBox, answer: str, permanent: bool
) -> None:
    mail = receiver(mailbox)
    for queue in (mailbox.rcpt, mailbox.data):
        queue.append(answer)
        with pytest.raises(DeliveryError) as caught:
            await mail.send([notice(FIRING)], Context())
        assert caught.value.permanent is permanent
    assert mailbox.mails == []


async def test_one_refused_recipient_does_not_keep_the_mail_from_the_others(
    mailbox: MailBox,
) -> None:
    mailbox.rcpt += ["250 OK", "550 unknown", "250 OK"]
    mail = receiver(mailbox, "a@example.org, b@example.org, c@example.org")
    assert "1 of 3 refused" in (await mail.send([notice(FIRING)], Context())).detail
    assert len(mailbox.mails) == 1


async def test_without_starttls_nothing_is_sent_where_tls_is_required(mailbox: MailBox) -> None:
    mail = receiver(mailbox, smtp_require_tls=True)
    with pytest.raises(DeliveryError):
        await mail.send([notice(FIRING)], Context())
    assert mailbox.mails == []


async def test_an_absent_server_may_come_back(mailbox: MailBox) -> None:
    mailbox.address = "127.0.0.1:1"
    with pytest.raises(DeliveryError) as caught:
        await receiver(mailbox).send([notice(FIRING)], Context())
    assert not caught.value.permanent


def test_plain_mail_leaves_this_machine_never(mailbox: MailBox) -> None:
    mailbox.address = "203.0.113.7:25"
    with pytest.raises(ParameterError, match="for this machine only"):
        receiver(mailbox)
