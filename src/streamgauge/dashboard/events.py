"""`GET /events`: the page by server-sent events, a snapshot first, then updates once a second."""

import asyncio

from starlette.types import Receive, Scope, Send

from streamgauge.dashboard.board import Board, Frame

# A client that takes longer to read one message has gone, or should.
PATIENCE = 10.0
# Silence after which a comment shows proxies and the browser that the stream lives.
QUIET = 5
MAX_CLIENTS = 256


class Events:
    """Streams to many clients. Each is sent the newest state, so a slow one skips, never queues."""

    def __init__(self, board: Board, patience: float = PATIENCE) -> None:
        self._board = board
        self._patience = patience
        self.clients = 0
        self.dropped = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until it leaves, falls behind, or the dashboard stops."""
        if scope["method"] != "GET":
            await _refuse(send, 405, b"only GET\n")
            return
        if self.clients >= MAX_CLIENTS:
            await _refuse(send, 503, b"too many pages are open\n")
            return
        self.clients += 1
        gone = asyncio.create_task(_wait_until_gone(receive))
        try:
            await self._stream(send, gone)
        except TimeoutError:
            self.dropped += 1
        finally:
            self.clients -= 1
            gone.cancel()

    async def _stream(self, send: Send, gone: asyncio.Task[None]) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        known: Frame | None = None
        quiet = 0
        while not gone.done() and not self._board.closed.is_set():
            frame = self._board.frame(known)
            quiet = 0 if known is None or _differs(frame, known) else quiet + 1
            if quiet == 0:
                await self._send(send, message(frame))
            elif quiet % QUIET == 0:
                # The clock and what follows from it, such as a service that fell silent.
                await self._send(send, b": still here\n\n" + message(frame))
            known = frame
            await asyncio.wait({gone}, timeout=_to_next_second())
        await self._send(send, b"", more=False)

    async def _send(self, send: Send, body: bytes, *, more: bool = True) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": body, "more_body": more})


def message(frame: Frame) -> bytes:
    """One server-sent event. JSON holds no raw newline, so one data line is enough."""
    return b"event: " + frame.kind.encode() + b"\ndata: " + frame.body + b"\n\n"


def _differs(frame: Frame, known: Frame) -> bool:
    return (frame.seq, frame.generation) != (known.seq, known.generation)


def _to_next_second() -> float:
    """All clients wake together, so that one rendering serves them all."""
    return 1.0 - asyncio.get_running_loop().time() % 1.0


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _refuse(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"retry-after", b"30")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
