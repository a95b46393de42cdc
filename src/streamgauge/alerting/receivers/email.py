"""E-mail: text and HTML, one thread a group episode, over connections that are kept open."""

from collections.abc import Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.alerting.receivers.host import Hosts, is_here
from streamgauge.alerting.receivers.http_config import TlsConfig, open_trust
from streamgauge.alerting.receivers.mail import address_of, write_mail
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
from streamgauge.alerting.receivers.secret import read_secret
from streamgauge.alerting.receivers.smtp import Server, Smtp
from streamgauge.alerting.receivers.taken import Taken
from streamgauge.alerting.receivers.telling import Telling, open_telling
from streamgauge.alerting.routing.notice import Notice

_HEADERS = ("Subject", "Reply-To", "Importance", "X-Priority", "List-Id")


class SmtpDefaults(Defaults, frozen=True):
    """Fields of `global`: how mail leaves. Without TLS it may only go to this machine."""

    smtp_smarthost: str | None = None
    smtp_from: str | None = None
    smtp_hello: str | None = None
    smtp_auth_username: str | None = None
    smtp_auth_password_file: Path | None = None
    smtp_require_tls: bool = True
    smtp_tls_config: TlsConfig = TlsConfig()


class Email(Parameters, frozen=True, rename={"from_": "from"}):
    """`email_configs`: `to` is one address or several separated by commas. Texts are Jinja2."""

    kind: ClassVar[str] = "email"
    defaults: ClassVar[type[Defaults]] = SmtpDefaults

    to: str
    smarthost: str | None = None
    from_: str | None = None
    hello: str | None = None
    auth_username: str | None = None
    auth_password_file: Path | None = None
    require_tls: bool | None = None
    tls_config: TlsConfig | None = None
    headers: dict[str, str] = {}
    html: str | None = None
    text: str | None = None

    def open(self, defaults: Any, surroundings: Surroundings) -> "EmailReceiver":
        """Check addresses and server; read the password."""
        host, port = _server(self.smarthost or defaults.smtp_smarthost)
        # Mail relays stand in private networks; a list of hosts holds for them too.
        if surroundings.hosts and not Hosts(surroundings.hosts).may_ask(host):
            raise ParameterError("smarthost", f"host {host} is not allowed; see `hosts`")
        tls = defaults.smtp_require_tls if self.require_tls is None else self.require_tls
        if not tls and not is_here(host):
            raise ParameterError("require_tls", f"false is for this machine only, not for {host}")
        path = self.auth_password_file or defaults.smtp_auth_password_file
        username = self.auth_username or defaults.smtp_auth_username
        if (username is None) != (path is None):
            raise ParameterError("auth_username", "a user and a password's file belong together")
        headers = {_header(name): text for name, text in self.headers.items()}
        if len(headers) < len(self.headers):
            raise ParameterError("headers", "a header stands in it twice")
        texts = {"html": self.html, "text": self.text}
        texts |= {f"headers.{name}": text for name, text in headers.items()}
        server = Server(
            host=host,
            port=port,
            tls=tls,
            trust=open_trust(
                self.tls_config or defaults.smtp_tls_config, surroundings.folder, "tls_config"
            ),
            username=username,
            password=(
                read_secret("auth_password_file", path, surroundings.folder) if path else None
            ),
            hello=self.hello or defaults.smtp_hello,
        )
        return EmailReceiver(
            smtp=Smtp(server),
            sender=_checked("from", self.from_ or defaults.smtp_from or ""),
            recipients=[_checked("to", one.strip()) for one in self.to.split(",")],
            telling=open_telling(texts, surroundings, html=("html",)),
            headers=tuple(headers),
        )


class EmailReceiver(Receiver):
    """A refused recipient beside accepted ones is reported; one that is put off is tried again."""

    concurrency = 8

    def __init__(
        self,
        *,
        smtp: Smtp,
        sender: str,
        recipients: list[str],
        telling: Telling,
        headers: tuple[str, ...],
    ) -> None:
        self._smtp, self._telling, self._headers = smtp, telling, headers
        self._sender, self._recipients = sender, recipients
        self._address, self._addresses = address_of(sender), [address_of(one) for one in recipients]
        self._taken = Taken()

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Hand the mail to the server, for those who do not have it yet."""
        (notice,) = notices
        taken = self._taken.of(notice.key)
        everybody = self._addresses
        wanted = [one for one in everybody if one not in taken]
        mail = self.mail(notice, context)
        receipt = await self._smtp.hand_over(self._address, wanted, mail.as_bytes())
        taken.update(one for one in wanted if one not in receipt.refused)
        if later := [code for code in receipt.refused.values() if code < 500]:
            told = f"{len(taken)} of {len(everybody)} have it, {len(later)} put off: SMTP {later}"
            raise DeliveryError(told)
        self._taken.forget(notice.key)
        bounced = ", ".join(f"{one} refused: {code}" for one, code in receipt.refused.items())
        detail = f"SMTP 250 {receipt.reply}"[:200] + (f"; {bounced}" if bounced else "")
        return Delivered(detail, {"message_id": str(mail["Message-ID"])})

    def mail(self, notice: Notice, context: Context) -> EmailMessage:
        """The mail as it is handed over."""
        told = self._telling.say(notice, context)
        return write_mail(notice, told, self._sender, self._recipients, self._headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._smtp.close()


def _header(name: str) -> str:
    """The name as it is written, whichever way the configuration has it."""
    for known in _HEADERS:
        if known.lower() == name.lower():
            return known
    if name[:2].upper() != "X-" or not name.replace("-", "").isalnum() or not name.isascii():
        raise ParameterError("headers", f"{name}: expected one of {', '.join(_HEADERS)}, X-…")
    return name


def _server(smarthost: str | None) -> tuple[str, int]:
    host, colon, port = (smarthost or "").rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise ParameterError("smarthost", "expected host:port, here or as global smtp_smarthost")
    return host.strip("[]"), int(port)


def _checked(field: str, text: str) -> str:
    try:
        address_of(text)
    except ValueError as error:
        raise ParameterError(field, str(error)) from None
    return text
