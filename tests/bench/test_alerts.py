"""The lean other end keeps every request, however it is cut."""

import asyncio
from pathlib import Path

from streamgauge.bench.alerts_end import Http, Log
from streamgauge.embedded import free_port

PART = "00000000000000a1"


def post(path: str, body: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def test_requests_are_answered_and_kept_however_they_are_cut(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    loop, port = asyncio.get_running_loop(), free_port()
    server = await loop.create_server(lambda: Http(log), "127.0.0.1", port)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    both = post("/hook", f'{{"part": "{PART}"}}') + post("/v2/enqueue", f"Series: part={PART}")
    for begin in range(0, len(both), 7):
        writer.write(both[begin : begin + 7])
        await writer.drain()
    assert b"200 OK" in await reader.readuntil(b"ok")
    assert b"202 Accepted" in await reader.readuntil(b"}")
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
    log.close()
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.partition(" ")[2] for line in lines] == [PART, PART]
