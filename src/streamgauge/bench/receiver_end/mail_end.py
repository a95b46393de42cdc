"""A real SMTP server that keeps accepted mail and refuses what it is told to refuse."""

import asyncio
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from streamgauge.embedded import free_port


class MailBox:
    """Answers the next recipients, senders or mails with what is queued up, else takes them.

    `arrivals` has the time, in seconds since 1970, at which each of `mails` was accepted. `drop`
    mails are answered by a closed connection, after they were kept if `lost`.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.arrivals: list[float] = []
        self.reached: list[list[str]] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []
        self.refuse: dict[str, str] = {}
        self.drop = 0
        self.lost = False
        self.sessions = 0
        self.logins: list[str] = []
        self.address = ""
        self._transport: asyncio.BaseTransport | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """Count who comes."""
        self.sessions += 1
        self._transport, self._loop = server.transport, asyncio.get_running_loop()
        session.host_name = name
        return answers

    async def handle_RCPT(  # noqa: N802 -- as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse a recipient."""
        answer = self.rcpt.pop(0) if self.rcpt else self.refuse.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 -- as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take or refuse a mail."""
        answer = self.data.pop(0) if self.data else "250 kept"
        kept = answer.startswith("250") and (not self.drop or self.lost)
        if kept and isinstance(envelope.content, bytes):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            if isinstance(mail, EmailMessage):
                self.mails.append(mail)
                self.arrivals.append(time.time())
                self.reached.append(list(envelope.rcpt_tos))
        if self.drop:
            self.drop -= 1
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            # Nothing may be answered any more: the connection is gone.
            await asyncio.sleep(0)
        return answer

    def hang_up(self) -> None:
        """Close the newest connection without a word."""
        transport, loop = self._transport, self._loop
        if loop is not None and isinstance(transport, asyncio.WriteTransport):
            asyncio.run_coroutine_threadsafe(_abort(transport), loop).result(5)

    def texts(self) -> list[str]:
        """The plain parts."""
        bodies = [mail.get_body(("plain",)) for mail in self.mails]
        return [str(body.get_content()) for body in bodies if body is not None]


async def _abort(transport: asyncio.WriteTransport) -> None:
    transport.abort()


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, **options: Any) -> Iterator[MailBox]:
    """The box behind a server of this machine; `tls` is offered by STARTTLS."""
    box = MailBox()
    if tls is not None:
        options["tls_context"] = tls
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    box.address = f"127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()
