"""An HTTP server that keeps what it accepts and answers, or fails, as it was told."""

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, TypeVar

import msgspec
from aiohttp import web

E = TypeVar("E", bound="HttpEnd")
# reset: after the request was read; half: the answer breaks off; drip: it never ends.
Fault = Literal["reset", "half", "drip"]
Answer = tuple[int, str, dict[str, str]]


class Accepted(msgspec.Struct, frozen=True):
    """One accepted request; `at` is when it arrived, in seconds since 1970."""

    at: float
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class HttpEnd:
    """Answers the next requests with what is queued up in `answers`, then with `always`.

    A `Fault` breaks the connection. `lost` faults come after the request was accepted: the sender
    cannot know. `log` has every accepted request in order.
    """

    paths: tuple[str, ...] = ("/",)

    def __init__(self) -> None:
        self.log: list[Accepted] = []
        self.asked = 0
        self.answers: list[Answer | Fault] = []
        self.always: Answer | Fault | None = None
        self.lost = False
        self.origin = ""
        self._peers: set[object] = set()

    @property
    def url(self) -> str:
        """Where the first of its paths is."""
        return self.origin + self.paths[0]

    @property
    def connections(self) -> int:
        """How many connections came, used again or not."""
        return len(self._peers)

    @property
    def accepted(self) -> list[dict[str, Any]]:
        """The bodies it accepted."""
        return [one.body for one in self.log]

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Answer a request that nothing was scripted for."""
        self.keep(path, headers, msgspec.json.decode(body, type=dict[str, Any]))
        return web.Response(text="ok")

    def keep(self, path: str, headers: Mapping[str, str], body: dict[str, Any]) -> None:
        """Log a request as accepted."""
        self.log.append(Accepted(time.time(), path, dict(headers), body))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Play what is scripted, else take the request."""
        self.asked += 1
        if request.transport is not None:
            self._peers.add(request.transport.get_extra_info("peername"))
        body = await request.read()
        scripted = self.answers.pop(0) if self.answers else self.always
        if scripted is None:
            return self.take(request.path_qs, request.headers, body)
        if isinstance(scripted, str):
            if self.lost:
                self.take(request.path_qs, request.headers, body)
            return await _break(request, scripted)
        status, text, headers = scripted
        if status == 200:
            self.take(request.path_qs, request.headers, body)
        return web.Response(status=status, text=text, headers=headers)


async def _break(request: web.Request, fault: Fault) -> web.StreamResponse:
    transport = request.transport
    if transport is None or fault == "reset":
        if transport:
            transport.abort()
        return web.Response()
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b"{")
    if fault == "half":
        transport.abort()
        return answer
    while not transport.is_closing():
        await asyncio.sleep(0.1)
        await answer.write(b" ")
    return answer


@contextmanager
def serve(make: Callable[[], E], tls: ssl.SSLContext | None = None) -> Iterator[E]:
    """The end on a free port of this machine, on a thread and a loop of its own."""
    end = make()
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        app = web.Application(client_max_size=8 * 1024**2)
        for path in end.paths:
            app.router.add_route("*", path, end.answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        end.origin = f"http{'s' if tls else ''}://127.0.0.1:{port}"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="end")
    thread.start()
    try:
        if not ready.wait(10):
            raise RuntimeError("the other end did not start")
        yield end
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()
