"""Debian's Alertmanager as the judge: a file, a story, and what its webhook was told when."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.alerting.matcher import read_matcher

from .scenario import END, Event


class Message(msgspec.Struct, frozen=True):
    """One webhook call, `at` seconds after the story began."""

    at: float
    place: tuple[str, str, str]
    firing: tuple[str, ...]
    resolved: tuple[str, ...]


class Collector(ThreadingHTTPServer):
    """A webhook that keeps what it is told, by the path that says which of a receiver's it is."""

    request_queue_size = 512
    daemon_threads = True

    def __init__(self) -> None:
        self.came: list[tuple[float, str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        at = time.time()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        server = self.server
        assert isinstance(server, Collector)
        server.came.append((at, self.path, json.loads(body)))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base's name
        """Say nothing."""


@contextmanager
def collector() -> Iterator[Collector]:
    """A running one."""
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def alertmanager(path: Path, folder: Path) -> Iterator[HTTPConnection]:
    """A running Alertmanager, as a connection to its API."""
    process = subprocess.Popen(
        [
            "prometheus-alertmanager",
            f"--config.file={path}",
            f"--storage.path={folder}",
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    log = []
    try:
        for line in process.stderr:
            log.append(line)
            if found := re.search(r'"?Listening on"? address=\S*?:(\d+)', line):
                break
        else:
            raise AssertionError("".join(log))
        # Whoever reads nothing makes it wait.
        drain = threading.Thread(target=process.stderr.read)
        drain.start()
        connection = HTTPConnection("127.0.0.1", int(found[1]), timeout=60)
        yield connection
        connection.close()
    finally:
        process.kill()
        process.wait()
    drain.join()
    process.stderr.close()


def play(
    connection: HTTPConnection, collected: Collector, events: Iterable[Event]
) -> list[Message]:
    """Let it happen in real time; what was told."""
    begin = time.time() + 0.5
    silences: dict[str, str] = {}
    stories: dict[float, list[Event]] = {}
    for event in events:
        stories.setdefault(round(event.at, 1), []).append(event)
    for at in sorted(stories):
        time.sleep(max(0.0, begin + at - time.time()))
        _happen(connection, stories[at], begin, silences)
    time.sleep(max(0.0, begin + END - time.time()))
    return [_message(at - begin, path, body) for at, path, body in collected.came]


def _happen(
    connection: HTTPConnection, events: list[Event], begin: float, silences: dict[str, str]
) -> None:
    posted = [
        {
            "labels": event.labels,
            "startsAt": _time(begin + event.at - (event.what == "resolved")),
            **({"endsAt": _time(begin + event.at)} if event.what == "resolved" else {}),
        }
        for event in events
        if event.labels
    ]
    if posted:
        _call(connection, "POST", "/api/v2/alerts", posted)
    for event in events:
        if event.what == "delete":
            _call(connection, "DELETE", f"/api/v2/silence/{silences[event.name]}")
        elif event.what == "silence":
            body = {
                "matchers": [_matcher(text) for text in event.matchers],
                "startsAt": _time(time.time()),
                "endsAt": _time(begin + event.until),
                "createdBy": "test",
                "comment": event.name,
            }
            answer = _call(connection, "POST", "/api/v2/silences", body)
            silences[event.name] = json.loads(answer)["silenceID"]


def _call(connection: HTTPConnection, method: str, path: str, body: Any = None) -> bytes:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"Content-Type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    assert response.status == 200, answer
    return answer


def _matcher(text: str) -> dict[str, Any]:
    one = read_matcher(text)
    return {
        "name": one.label,
        "value": one.value,
        "isRegex": "~" in one.op,
        "isEqual": not one.op.startswith("!"),
    }


def _message(at: float, path: str, body: dict[str, Any]) -> Message:
    def names(status: str) -> tuple[str, ...]:
        found = (one["labels"]["name"] for one in body["alerts"] if one["status"] == status)
        return tuple(sorted(found))

    place = (body["receiver"], path, body["groupKey"])
    return Message(at, place, names("firing"), names("resolved"))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
