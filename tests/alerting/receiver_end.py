"""The other ends, real: an SMTP server and an HTTP server that answers as Slack documents."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from streamgauge.embedded import free_port


class MailBox:
    """Keeps accepted mail; answers the next recipients or mails with what is queued up."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.rcpt: list[str] = []
        self.data: list[str] = []
        self.address = ""

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802 -- as above
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.data.pop(0) if self.data else "250 kept"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        return answer

    def texts(self) -> list[str]:
        """The plain parts."""
        bodies = [mail.get_body(("plain",)) for mail in self.mails]
        return [str(body.get_content()) for body in bodies if body is not None]


@contextmanager
def mail_server() -> Iterator[MailBox]:
    box = MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.address = f"127.0.0.1:{controller.port}"
    try:
        yield box
    finally:
        controller.stop()


class SlackEnd:
    """Takes posts to one webhook; answers with what is queued up, else 200 `ok`."""

    path = "/services/T0/B0/canary-7f3a"

    def __init__(self) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.asked = 0
        # An answer is its status, its text and its headers.
        self.answers: list[tuple[int, str, dict[str, str]]] = []
        self.always: tuple[int, str, dict[str, str]] | None = None
        self.url = ""

    async def hook(self, request: web.Request) -> web.Response:
        self.asked += 1
        body = json.loads(await request.read())
        status, text, headers = (
            self.answers.pop(0) if self.answers else self.always or (200, "ok", {})
        )
        if status == 200:
            self.accepted.append(body)
        return web.Response(status=status, text=text, headers=headers)


@contextmanager
def slack_server() -> Iterator[SlackEnd]:
    end = SlackEnd()
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_post(end.path, end.hook)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listener).start()
        end.url = f"http://127.0.0.1:{listener.getsockname()[1]}{end.path}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield end
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
