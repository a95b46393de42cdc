"""A line to the broker that can fail: it drops answers or holds everything back, on demand."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Mode = Literal["pass", "drop", "hold"]
_CHUNK = 65_536


class Proxy:
    """Listens on `port` and passes on to `target`, both on the loopback.

    `drop` swallows what the broker answers: writes are kept, acknowledgements lost. `hold` passes
    nothing either way. Going back to `pass` resets the connections, for what a stream has lost
    it cannot go on with.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._mode: Mode = "pass"
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._ending = asyncio.Event()
        self._passing = asyncio.Event()
        self._passing.set()
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        """Pass on while the block runs."""
        self._thread.start()
        try:
            if not self._listening.wait(10.0):
                raise OSError(f"the proxy does not listen on port {self.port}")
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(10.0)

    def switch(self, mode: Mode) -> None:
        """From now on do this."""
        self._loop.call_soon_threadsafe(self._switch, mode)

    def _switch(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "hold":
            self._passing.clear()
        else:
            self._passing.set()
        if mode == "pass":
            self._reset()

    def _reset(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self._listening.set()
        await self._ending.wait()
        server.close()
        self._reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._couple(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _couple(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            # The broker is down: who called sees what it would have seen itself.
            writer.transport.abort()
            self._open.discard(writer)
            return
        self._open.add(far_writer)
        try:
            await asyncio.gather(
                self._pass_on(reader, far_writer, answers=False),
                self._pass_on(far_reader, writer, answers=True),
            )
        finally:
            for end in (writer, far_writer):
                end.transport.abort()
                self._open.discard(end)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        try:
            while data := await reader.read(_CHUNK):
                await self._passing.wait()
                if answers and self._mode == "drop":
                    continue
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # one side was reset, which closes the other below
        finally:
            writer.transport.abort()
