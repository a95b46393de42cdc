"""Anything else that the library Apprise reaches: Teams, Telegram, ntfy, Discord and 160 more.

It is optional and loaded when it is named: `pip install apprise`. Apprise asks once and does not
read Retry-After; that it failed is known, and trying again is ours.
"""

import asyncio
import importlib
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from streamgauge.alerting.message.text import as_text
from streamgauge.alerting.receivers.receiver import (
    Context,
    Delivered,
    DeliveryError,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import read_secret
from streamgauge.alerting.receivers.taken import Taken
from streamgauge.alerting.receivers.telling import Telling, open_telling
from streamgauge.alerting.routing.notice import Notice

_KIND = {"critical": "failure", "error": "failure", "warning": "warning"}
_TIMEOUT = 45.0


class Apprise(Parameters, frozen=True):
    """`apprise_configs`: a file with Apprise's addresses, one a line. Texts are Jinja2.

    What Apprise talks to is not guarded by `hosts`: it makes its requests, and follows redirects,
    by itself.
    """

    kind: ClassVar[str] = "apprise"

    urls_file: Path
    title: str | None = None
    text: str | None = None

    def open(self, _defaults: Any, surroundings: Surroundings) -> "AppriseReceiver":
        """Load the library and let it read the addresses."""
        # Both write addresses, which are secrets, when they are asked for much.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        logging.getLogger("urllib3").setLevel(logging.WARNING)
        lines = read_secret("urls_file", self.urls_file, surroundings.folder).reveal().splitlines()
        addresses = [text for one in lines if (text := one.strip()) and not text.startswith("#")]
        with warnings.catch_warnings():
            # Its plugins load what Python is about to drop.
            warnings.simplefilter("ignore")
            services = [self._service(n, address) for n, address in enumerate(addresses, 1)]
        telling = open_telling({"title": self.title, "text": self.text}, surroundings)
        return AppriseReceiver(services, telling)

    def _service(self, number: int, address: str) -> Any:
        try:
            service = importlib.import_module("apprise").Apprise()
        except ImportError:
            raise ParameterError("urls_file", "this needs Apprise: pip install apprise") from None
        if not service.add(address):
            where = f"{self.urls_file}: address {number}"
            raise ParameterError("urls_file", f"{where} is none of Apprise's")
        return service


class AppriseReceiver(Receiver):
    """Tells each service; those that failed are tried again alone."""

    concurrency = 4

    def __init__(self, services: list[Any], telling: Telling) -> None:
        self._services = services
        self._telling = telling
        self._taken = Taken()

    def __repr__(self) -> str:
        return f"AppriseReceiver({len(self._services)} services)"

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Tell all services that were not told yet."""
        (notice,) = notices
        told = self._telling.say(notice, context)
        message = told.message
        over = message.status == "resolved"
        words = {
            "title": told.texts.get("title", message.title),
            "body": told.texts.get("text") or as_text(message),
            "notify_type": "success" if over else _KIND.get(message.severity, "info"),
        }
        taken = self._taken.of(notice.key)
        for number, service in enumerate(self._services):
            if str(number) not in taken and await _notify(service, words):
                taken.add(str(number))
        if len(taken) < len(self._services):
            raise DeliveryError(f"Apprise: {len(taken)} of {len(self._services)} services took it")
        self._taken.forget(notice.key)
        return Delivered(f"Apprise: {len(self._services)} services took it")


async def _notify(service: Any, words: dict[str, str]) -> bool:
    """Whether a service took it; a fault in one of Apprise's plugins is a failure."""
    try:
        async with asyncio.timeout(_TIMEOUT):
            return bool(await service.async_notify(**words))
    except Exception as error:
        # Its text could quote the address.
        logging.getLogger(__name__).warning("Apprise failed: %s", type(error).__name__)
        return False
