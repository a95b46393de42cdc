"""E-mail: text and HTML, one thread an episode."""

import ipaddress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Any, ClassVar

import aiosmtplib

from streamgauge.alerting.message import Message, as_html, as_text, moment
from streamgauge.alerting.receivers.receiver import (
    Defaults,
    DeliveryError,
    ParameterError,
    Parameters,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.contracts.alert import Alert

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
            password=read_secret("auth_password_file", path, surroundings.folder) if path else None,
        )


class EmailReceiver:
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

    async def send(self, alert: Alert, message: Message) -> str:
        """Hand the mail to the server; a refused recipient beside accepted ones is reported."""
        implicit = self._tls and self._port == _IMPLICIT_TLS
        try:
            refused, reply = await aiosmtplib.send(
                self.mail(alert, message),
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
        return f"SMTP 250{bounced} {reply}"[:200]

    def mail(self, alert: Alert, message: Message) -> EmailMessage:
        """The mail: the same Message-ID for the same alert, referring to its episode's first."""
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        mail = EmailMessage()
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._recipients)
        mail["Subject"] = message.title
        mail["Date"] = format_datetime(moment(alert.updated_at))
        mail["Message-ID"] = f"<{alert.id}@{domain}>"
        thread = f"<{alert.fingerprint}-{alert.episode}-firing@{domain}>"
        if mail["Message-ID"] != thread:
            mail["In-Reply-To"] = thread
            mail["References"] = thread
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(as_text(message))
        mail.add_alternative(as_html(message), subtype="html")
        return mail

    async def close(self) -> None:
        """Nothing is held."""


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
