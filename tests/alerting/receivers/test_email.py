"""Mail over a real SMTP server; the cases of research §4, 31, beside others."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.smtp import AuthResult
from tests.alerting.alert_text import FIRING, RESOLVED
from tests.alerting.notice_text import notice

from streamgauge.alerting.receivers.email import Email, EmailReceiver, SmtpDefaults
from streamgauge.alerting.receivers.http_config import TlsConfig
from streamgauge.alerting.receivers.receiver import (
    Context,
    DeliveryError,
    ParameterError,
    Surroundings,
)
from streamgauge.bench.receiver_end.mail_end import MailBox, mail_server

from .authority import Authority
from .closing import closing

NOW = Context()
ONE = [notice(FIRING)]


def opened(
    box: MailBox,
    to: str = "ops@example.org",
    folder: Path = Path(),
    smtp: dict[str, Any] | None = None,
    **fields: Any,
) -> AbstractAsyncContextManager[EmailReceiver]:
    defaults = SmtpDefaults(
        smtp_smarthost=box.address,
        smtp_from="streamgauge <alerts@example.org>",
        **({"smtp_require_tls": False} | (smtp or {})),
    )
    receiver = Email(to=to, **fields).open(defaults, Surroundings(folder=folder))
    return closing(receiver)


async def test_a_mail_has_text_and_html_and_its_episode_is_one_thread(mailbox: MailBox) -> None:
    async with opened(mailbox) as mail:
        assert (await mail.send(ONE, NOW)).detail.startswith("SMTP 250")
        await mail.send([notice(RESOLVED, seq=2)], NOW)
    first, second = mailbox.mails
    assert first["Subject"] == "[FIRING] critical: result_count 2: 8.1% errors"
    assert first["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"] == second["In-Reply-To"]
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert "threshold > 5%" in mailbox.texts()[0]
    assert mailbox.sessions == 1


async def test_no_text_becomes_a_header(mailbox: MailBox) -> None:
    bad = msgspec.structs.replace(
        FIRING,
        annotations={"summary": "x\r\nBcc: all@example.org\r\n\r\nbody", "team": "a\r\nBcc: b@c.d"},
    )
    headers = {"X-Team": "{{ alerts[0].annotations.team }}", "subject": "{{ status }} é 🙂"}
    async with opened(mailbox, headers=headers) as mail:
        await mail.send([notice(bad)], NOW)
    (sent,) = mailbox.mails
    assert sent["Bcc"] is None
    assert sent["To"] == "ops@example.org"
    assert sent["X-Team"] == "a  Bcc: b@c.d"
    assert sent["Subject"] == "firing é 🙂"


# RFC 2047's encoded words, which the standard library decodes wherever they stand.
ENCODED = "a=0D=0ABcc=3A_all=40example.org=0D=0A=0D=0Abody"


@pytest.mark.parametrize(
    "text",
    [
        f"=?utf-8?q?{ENCODED}?=",
        f"{'x' * 70} =?utf-8?Q?{ENCODED}?=",
        "=?utf-8?b?YQ0KQmNjOiBhbGxAZXhhbXBsZS5vcmcNCg0KYm9keQ==?=",
        f"= ?=?utf-8?q?{ENCODED}?=",
        "<=?utf-7?q?+AA0ACg-?=@x>, a: b@c;",
        "\u2028\\[q,:utf-8",
        "a?b@c@a;a@",
        "",
    ],
)
async def test_no_encoded_word_becomes_a_header(mailbox: MailBox, text: str) -> None:
    headers = dict.fromkeys(
        ("Reply-To", "X-Team", "List-Id"), "{{ alerts[0].annotations.summary }}"
    )
    bad = msgspec.structs.replace(FIRING, annotations={"summary": text})
    async with opened(mailbox, headers=headers) as mail:
        await mail.send([notice(bad)], NOW)
    (sent,) = mailbox.mails
    assert sent["Bcc"] is sent["Reply-To"] is None
    assert len(list(sent.iter_parts())) == 2
    assert "[FIRING] critical" in str(sent["Subject"])


async def test_an_address_may_be_replied_to(mailbox: MailBox) -> None:
    async with opened(mailbox, headers={"Reply-To": '"On call" <on-call@example.org>'}) as mail:
        await mail.send(ONE, NOW)
    assert mailbox.mails[0]["Reply-To"].addresses[0].addr_spec == "on-call@example.org"


@pytest.mark.parametrize(("answer", "permanent"), [("451 greylisted", False), ("550 never", True)])
async def test_4xx_may_be_tried_again_with_the_same_id_and_5xx_not(
    mailbox: MailBox, answer: str, permanent: bool
) -> None:
    async with opened(mailbox) as mail:
        for queue in (mailbox.rcpt, mailbox.data):
            queue.append(answer)
            with pytest.raises(DeliveryError) as caught:
                await mail.send(ONE, NOW)
            assert caught.value.permanent is permanent
            assert not caught.value.unknown
        assert mailbox.mails == []
        await mail.send(ONE, NOW)
        await mail.send(ONE, NOW)
    assert len({sent["Message-ID"] for sent in mailbox.mails}) == 1


async def test_one_refused_recipient_does_not_keep_the_mail_from_the_others(
    mailbox: MailBox,
) -> None:
    mailbox.refuse["b@example.org"] = "550 unknown"
    async with opened(mailbox, "a@example.org, B <b@example.org>, c@example.org") as mail:
        assert "b@example.org refused: 550" in (await mail.send(ONE, NOW)).detail
    assert mailbox.reached == [["a@example.org", "c@example.org"]]


async def test_one_that_is_put_off_is_tried_again_alone(mailbox: MailBox) -> None:
    mailbox.refuse["b@example.org"] = "451 greylisted"
    async with opened(mailbox, "a@example.org, b@example.org") as mail:
        with pytest.raises(DeliveryError, match="1 of 2 have it, 1 put off") as caught:
            await mail.send(ONE, NOW)
        assert not caught.value.permanent
        mailbox.refuse.clear()
        await mail.send(ONE, NOW)
    assert mailbox.reached == [["a@example.org"], ["b@example.org"]]


async def test_a_server_that_closes_while_it_reads_gets_the_mail_on_a_new_connection(
    mailbox: MailBox,
) -> None:
    async with opened(mailbox) as mail:
        mailbox.data.append("421 closing")
        with pytest.raises(DeliveryError, match="SMTP 421") as caught:
            await mail.send(ONE, NOW)
        assert (caught.value.permanent, caught.value.unknown) == (False, False)
        await mail.send(ONE, NOW)
    assert mailbox.sessions == 2
    assert len(mailbox.mails) == 1


async def test_a_connection_that_breaks_after_the_text_leaves_the_outcome_unknown(
    mailbox: MailBox,
) -> None:
    mailbox.drop, mailbox.lost = 1, True
    async with opened(mailbox) as mail:
        with pytest.raises(DeliveryError) as caught:
            await mail.send(ONE, NOW)
        assert caught.value.unknown
        again = Context(again=True)
        await mail.send(ONE, again)
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert "possible repeat" in mailbox.texts()[1]


async def test_a_connection_that_broke_while_it_rested_is_opened_anew(mailbox: MailBox) -> None:
    async with opened(mailbox) as mail:
        await mail.send(ONE, NOW)
        mailbox.hang_up()
        await mail.send(ONE, NOW)
    assert mailbox.sessions == 2
    assert len(mailbox.mails) == 2


async def test_a_password_that_is_wrong_for_a_while_does_not_lose_the_mail(
    tmp_path: Path,
) -> None:
    (tmp_path / "password").write_text("canary")
    smtp = {"smtp_auth_username": "user", "smtp_auth_password_file": Path("password")}
    known = ["user"]

    def login(*_: object) -> AuthResult:
        return AuthResult(success=bool(known), handled=False)

    with mail_server(authenticator=login, auth_require_tls=False) as box:
        async with opened(box, folder=tmp_path, smtp=smtp) as mail:
            await mail.send(ONE, NOW)
            known.clear()
            box.hang_up()
            with pytest.raises(DeliveryError, match="SMTP 535") as caught:
                await mail.send(ONE, NOW)
    assert not caught.value.permanent


async def test_without_starttls_nothing_is_sent_where_tls_is_required(mailbox: MailBox) -> None:
    async with opened(mailbox, smtp={"smtp_require_tls": True}) as mail:
        with pytest.raises(DeliveryError):
            await mail.send(ONE, NOW)
    assert mailbox.mails == []
    assert mailbox.rcpt == []


async def test_starttls_trusts_the_named_authority_and_no_other_name(
    authority: Authority,
) -> None:
    for name, arrives in (("127.0.0.1", 1), ("mail.example.org", 0)):
        with mail_server(authority.issue(name), require_starttls=True) as box:
            tls = {"smtp_require_tls": True}
            async with opened(box, smtp=tls, tls_config=authority.trust) as mail:
                if arrives:
                    await mail.send(ONE, NOW)
                else:
                    with pytest.raises(DeliveryError):
                        await mail.send(ONE, NOW)
            assert len(box.mails) == arrives


async def test_a_certificate_may_be_for_a_name_that_is_said(authority: Authority) -> None:
    named = msgspec.structs.replace(authority.trust, server_name="mail.example.org")
    smtp = {"smtp_require_tls": True, "smtp_tls_config": named}
    with mail_server(authority.issue("mail.example.org"), require_starttls=True) as box:
        async with opened(box, smtp=smtp) as mail:
            await mail.send(ONE, NOW)
        assert len(box.mails) == 1


async def test_an_absent_server_may_come_back(mailbox: MailBox) -> None:
    mailbox.address = "127.0.0.1:1"
    async with opened(mailbox) as mail:
        with pytest.raises(DeliveryError) as caught:
            await mail.send(ONE, NOW)
    assert not caught.value.permanent
    assert not caught.value.unknown


def test_a_list_of_hosts_holds_for_mail_too(mailbox: MailBox) -> None:
    mail = Email(to="a@example.org")
    smtp = SmtpDefaults(smtp_smarthost="relay.example.org:25", smtp_from="a@example.org")
    mail.open(smtp, Surroundings(folder=Path(), hosts=("relay.example.org",)))
    with pytest.raises(ParameterError, match="is not allowed"):
        mail.open(smtp, Surroundings(folder=Path(), hosts=("hooks.slack.com",)))


@pytest.mark.parametrize(
    ("address", "fields", "said"),
    [
        ("203.0.113.7:25", {}, "for this machine only"),
        ("127.0.0.1:25", {"headers": {"Bcc": "x@example.org"}}, "expected one of Subject"),
        ("127.0.0.1:25", {"headers": {"X-a: b\r\nBcc": "c"}}, "expected one of Subject"),
        (
            "127.0.0.1:25",
            {"headers": {"Subject": "a", "subject": "b"}},
            "a header stands in it twice",
        ),
        ("127.0.0.1:25", {"html": "{{ nothing }}"}, "'nothing' is undefined"),
        ("127.0.0.1:25", {"text": '{{ template "email" . }}'}, "is a Go template"),
        ("127.0.0.1:25", {"tls_config": TlsConfig(min_version="TLS10")}, "expected TLS12 or TLS13"),
        ("127.0.0.1:25", {"hello": "h", "smarthost": "h"}, "expected host:port"),
    ],
)
async def test_what_is_wrong_is_said_when_it_is_opened(
    mailbox: MailBox, address: str, fields: dict[str, Any], said: str
) -> None:
    mailbox.address = address
    with pytest.raises(ParameterError, match=said):
        async with opened(mailbox, **fields):
            pass
