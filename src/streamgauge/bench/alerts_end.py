"""The other ends of `bench alerts`, as lean as they can be, in a process of their own.

`python -m streamgauge.bench.alerts_end FOLDER PORT... MAILPORT`: accepts whatever comes over HTTP
on all but the last port, and mail on the last, and writes a line for each into FOLDER/PORT: when it
came, and the alert (the label `part`) that it is about.
"""

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

_PART = re.compile(rb"part(?:=|\":\s*\"|=3D)([0-9a-f]{16})")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_ACCEPT = (
    b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"
    b'{"status":"success"}'
)
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
_FLUSH_S = 0.05


class Log:
    """Lines of a file, written now and then."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def keep(self, body: bytes) -> None:
        """A message was accepted."""
        at = time.time()
        found = _PART.search(body)
        self._file.write(f"{at:.6f} {found[1].decode() if found else '-'}\n")

    def close(self) -> None:
        """No more will come."""
        self._file.close()

    async def flush(self) -> None:
        """Keep the file up to date."""
        while True:
            await asyncio.sleep(_FLUSH_S)
            self._file.flush()


class Http(asyncio.Protocol):
    """Answers every request at once: 202 where PagerDuty's path is asked for, else 200."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._data = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer all whole requests."""
        self._data += data
        while (end := self._data.find(_HEAD_END)) >= 0:
            length = _LENGTH.search(self._data, 0, end)
            whole = end + len(_HEAD_END) + (int(length[1]) if length else 0)
            if len(self._data) < whole:
                return
            request, self._data = self._data[:whole], self._data[whole:]
            self._log.keep(request[end:])
            if self._transport:
                self._transport.write(_ACCEPT if b"/enqueue" in request[:200] else _OK)


class Mail:
    """Takes every mail."""

    def __init__(self, log: Log) -> None:
        self._log = log

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Take one."""
        content = envelope.content
        self._log.keep(content if isinstance(content, bytes) else b"")
        return "250 kept"


async def serve(folder: Path, ports: list[int], mail: int) -> None:
    """Listen until killed."""
    loop = asyncio.get_running_loop()
    logs = {port: Log(folder / str(port)) for port in (*ports, mail)}
    for port in ports:
        await loop.create_server(lambda log=logs[port]: Http(log), "127.0.0.1", port)  # type: ignore[misc]  # a lambda has no annotations
    box = Mail(logs[mail])
    await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", mail)
    (folder / "ready").touch()
    await asyncio.gather(*(log.flush() for log in logs.values()))


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[2:]]
    asyncio.run(serve(Path(sys.argv[1]), numbers[:-1], numbers[-1]))
