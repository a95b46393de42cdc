"""Where requests come in: a port that is taken, and connections that ask nothing."""

import asyncio
import socket

import pytest
from aiohttp import web

from streamgauge.alerting.delivery.door import Door, listen
from streamgauge.embedded import free_port
from streamgauge.settings import InputError


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=rf"alerting\.port: 127\.0\.0\.1:{port}: .*in use"):
            asyncio.run(listen("127.0.0.1", port, web.Application()))


async def test_connections_that_ask_nothing_make_room_for_those_that_ask() -> None:
    async def hello(_request: web.Request) -> web.Response:
        return web.Response(text="hello")

    app = web.Application()
    app.add_routes([web.get("/", hello)])
    door, port = Door(app, most=2), free_port()
    await door.open("127.0.0.1", port)
    slow = []
    try:
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            slow.append((reader, writer))
            await asyncio.sleep(0)
        # Closed from the other side: the oldest first.
        assert await asyncio.wait_for(slow[0][0].read(), 20) == b""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 20)).endswith(b"hello")
        slow.append((reader, writer))
    finally:
        for _, writer in slow:
            writer.close()
        await door.cleanup()
