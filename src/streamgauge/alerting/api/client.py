"""The notifier's API for the commands of this machine: one question, one answer."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamgauge import settings
from streamgauge.settings import Alerting, InputError, UnavailableError

_PATIENCE_S = 30.0
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where it listens, not we


class Client:
    """Asks the notifier that the settings name, with the operator's token if they have one."""

    def __init__(self, options: Alerting) -> None:
        self._host = _ANYWHERE.get(options.host, options.host)
        self._port = options.port
        self._token = options.secret()

    def get(self, path: str, **query: str | None) -> Any:
        """What the notifier answers; parameters that are None are left out."""
        asked = "&".join(f"{name}={quote(text)}" for name, text in query.items() if text)
        return self._ask("GET", f"{path}?{asked}" if asked else path, None)

    def post(self, path: str, body: object) -> Any:
        """Change something."""
        return self._ask("POST", path, body)

    def delete(self, path: str) -> Any:
        """End something."""
        return self._ask("DELETE", path, None)

    def _ask(self, method: str, path: str, body: object) -> Any:
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        raw = None if body is None else json.dumps(body).encode()
        if raw is not None:
            headers["content-type"] = "application/json"
        place = f"the notifier at {self._host}:{self._port}"
        link = http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE_S)
        try:
            link.request(method, path, raw, headers)
            answer = link.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise UnavailableError(f"{place}: {_reason(error)}") from None
        finally:
            link.close()
        said = _read(text)
        if status >= 500 and status != 500:
            raise UnavailableError(f"{place}: {said}")
        if status >= 400:
            raise InputError(f"{said or status}")
        return said


def client(config: Path | None) -> Client:
    """The client that a settings file describes."""
    return Client(settings.load(config).alerting)


def part(text: str) -> str:
    """A piece of a path that a person gave."""
    return quote(text, safe="")


def _reason(error: Exception) -> str:
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    refused = isinstance(error, ConnectionRefusedError)
    return f"{said}; is `streamgauge notifier` running there?" if refused else said


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.decode("utf-8", "replace").strip()
