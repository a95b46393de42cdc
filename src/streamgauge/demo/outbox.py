"""A local mail outbox: an SMTP server on the loopback that keeps what it gets as .eml files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Outbox:
    """Mails arrive in a folder, numbered; nothing leaves this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._count = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 aiosmtpd's name
        """Keep one mail."""
        self._count += 1
        content = envelope.content
        (self.folder / f"{self._count:03}.eml").write_bytes(
            content if isinstance(content, bytes) else content.encode()
        )
        return "250 kept"

    @contextmanager
    def running(self) -> Iterator["Outbox"]:
        """Listen while the block runs; `port` is where."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.eml"):
            old.unlink()
        controller = Controller(self, hostname="127.0.0.1", port=_free_port())
        controller.start()
        self.port = int(controller.port)
        try:
            yield self
        finally:
            controller.stop()


def _free_port() -> int:
    import socket

    # aiosmtpd's start connects to the port that it was told, so it cannot be told 0.
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
