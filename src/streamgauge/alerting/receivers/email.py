"""E-mail: text and HTML, one thread an episode."""

import ipaddress
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import aiosmtplib

from streamgauge.alerting.message.compose import compose
from streamgauge.alerting.message.message import Message, moment
from streamgauge.alerting.message.page import as_html
from streamgauge.alerting.message.text import as_text
from streamgauge.alerting.receivers.receiver import (
    Context,
    Defaults,
    Delivered,
    DeliveryError,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.alerting.routing.notice import Notice

_TIMEOUT = 20.0
_IMPLICIT_TLS = 465


class Smtp(Defaults, frozen=True):
    """Fields of `global`: how mail leaves. Without TLS it may only go to this machine."""

    smtp_smarthost: str | None = None
    smtp_from: str | None = None
    smtp_auth_username: str | None = None
    smtp_auth_password_file: Path | None = None
    smtp_require_tls: bool = True


class Email(Parameters, frozen=True, rename={"from_": "from"}):
    """`email_configs`: `to` is one address or several separated by commas."""

    kind: ClassVar[str] = "email"
    defaults: ClassVar[type[Defaults]] = Smtp

    to: str
    smarthost: str | None = None
    from_: str | None = None
    auth_username: str | None = None
    auth_password_file: Path | None = None
    require_tls: bool | None = None

    def open(self, defaults: Any, surroundings: Surroundings) -> "EmailReceiver":
        """Check addresses and server; read the password."""
        host, port = _server(self.smarthost or defaults.smtp_smarthost)
        tls = defaults.smtp_require_tls if self.require_tls is None else self.require_tls
        if not tls and not _is_loopback(host):
            raise ParameterError("require_tls", f"false is for this machine only, not for {host}")
        path = self.auth_password_file or defaults.smtp_auth_password_file
        username = self.auth_username or defaults.smtp_auth_username
        if (username is None) != (path is None):
            raise ParameterError("auth_username", "a user and a password's file belong together")
        return EmailReceiver(
            host=host,
            port=port,
            tls=tls,
            sender=_address("from", self.from_ or defaults.smtp_from or ""),
            recipients=[_address("to", one.strip()) for one in self.to.split(",")],
            username=username,
            password=(
                read_secret("auth_password_file", path, surroundings.folder) if path else None
            ),
        )


class EmailReceiver(Receiver):
    """Sends over a new connection each time: alerts are rare, idle connections break."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tls: bool,
        sender: str,
        recipients: list[str],
        username: str | None,
        password: Secret | None,
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._sender, self._recipients = sender, recipients
        self._username, self._password = username, password

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Hand the mail to the server; a refused recipient beside accepted ones is reported."""
        (notice,) = notices
        message = compose(
            notice,
            external_url=context.external_url,
            again=context.again,
            ack_link=context.ack_link,
        )
        implicit = self._tls and self._port == _IMPLICIT_TLS
        try:
            refused, reply = await aiosmtplib.send(
                self.mail(notice, message),
                sender=parseaddr(self._sender)[1],
                recipients=[parseaddr(one)[1] for one in self._recipients],
                hostname=self._host,
                port=self._port,
                username=self._username,
                password=self._password.reveal() if self._password else None,
                use_tls=implicit,
                start_tls=self._tls and not implicit,
                timeout=_TIMEOUT,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [one.code for one in error.recipients]
            raise DeliveryError(
                f"recipients refused: {codes}", permanent=all(code >= 500 for code in codes)
            ) from None
        except aiosmtplib.SMTPResponseException as error:
            raise DeliveryError(f"SMTP {error.code}", permanent=error.code >= 500) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise DeliveryError(type(error).__name__) from None
        bounced = f", {len(refused)} of {len(self._recipients)} refused" if refused else ""
        return Delivered(f"SMTP 250{bounced} {reply}"[:200])

    def mail(self, notice: Notice, message: Message) -> EmailMessage:
        """The mail: the same Message-ID for the same notice, referring to its episode's first."""
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Subject"] = message.title
        mail["Date"] = format_datetime(moment(notice.at))
        mail["Message-ID"] = f"<{_name(notice.key)}@{domain}>"
        thread = f"<{_name(f'{notice.group}/{notice.aim}/{notice.episode}')}@{domain}>"
        # The first mail need not exist: those of one episode refer to the same name.
        mail["In-Reply-To"] = thread
        mail["References"] = thread
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(as_text(message))
        mail.add_alternative(as_html(message), subtype="html")
        return mail


def _name(key: str) -> str:
    """A key as the left part of a Message-ID, which allows few characters."""
    return sha256(key.encode()).hexdigest()[:32]


def _server(smarthost: str | None) -> tuple[str, int]:
    host, colon, port = (smarthost or "").rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ParameterError("smarthost", "expected host:port, here or as global smtp_smarthost")
    return host.strip("[]"), int(port)


def _address(field: str, text: str) -> str:
    address = parseaddr(text)[1]
    if "@" not in address or not text.isprintable():
        raise ParameterError(field, f"{text!r}: expected an address such as ops@example.org")
    return text


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
