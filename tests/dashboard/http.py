"""Requests and event streams with the standard library."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit


def get(
    site: str, path: str, host: str | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and body."""
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)) as connection:
        connection.request(method, path, headers={"Host": host} if host else {})
        with connection.getresponse() as response:
            headers = {name.lower(): value for name, value in response.getheaders()}
            return response.status, headers, response.read()


def get_json(site: str, path: str) -> tuple[int, Any]:
    status, _, body = get(site, path)
    return status, json.loads(body)


@contextmanager
def listen(site: str) -> Iterator[Iterator[tuple[str, Any]]]:
    """The events of the page as (kind, data); comments come as ("comment", text)."""
    with closing(http.client.HTTPConnection(urlsplit(site).netloc, timeout=60)) as connection:
        connection.request("GET", "/events")
        with connection.getresponse() as response:
            assert response.status == 200
            yield _events(response)


def _events(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    kind = ""
    while line := response.readline():
        words = line.decode().rstrip("\n")
        if words.startswith(":"):
            yield "comment", words[1:].strip()
        elif words.startswith("event: "):
            kind = words.removeprefix("event: ")
        elif words.startswith("data: "):
            yield kind, json.loads(words.removeprefix("data: "))
