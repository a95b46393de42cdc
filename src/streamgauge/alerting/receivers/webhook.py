"""A webhook of somebody's own: Alertmanager's JSON, version 4, and an Idempotency-Key."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.message.data import as_data
from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import TIMEOUT, Client, check_address
from streamgauge.alerting.receivers.http_config import HttpConfig, open_access
from streamgauge.alerting.receivers.receiver import (
    Context,
    Delivered,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.alerting.routing.notice import Notice

# A body of more would be refused by most servers, and the page with it.
_MOST = 2_000
# A message is sent in less, or tried again.
_LONGEST = 60.0


class Webhook(Parameters, frozen=True):
    """`webhook_configs`: `url_file` where the address is a secret, `url` where it is none.

    At most 2,000 alerts are in one body, or `max_alerts` if it is less and not 0; those that fire
    come first, and `truncatedAlerts` counts the others. An answer is waited for at most `timeout`,
    15 s if it is 0.
    """

    kind: ClassVar[str] = "webhook"

    url: str | None = None
    url_file: Path | None = None
    max_alerts: int = 0
    timeout: str = "0s"
    http_config: HttpConfig = HttpConfig()

    def open(self, _defaults: Any, surroundings: Surroundings) -> "WebhookReceiver":
        """Read and check the address."""
        if (self.url is None) == (self.url_file is None):
            raise ParameterError("url", "expected url or url_file")
        field = "url" if self.url_file is None else "url_file"
        address = (
            read_secret(field, self.url_file, surroundings.folder)
            if self.url_file
            else Secret(self.url or "")
        )
        hosts = Hosts(surroundings.hosts)
        check_address(field, address, hosts, plain=True)
        access = open_access(self.http_config, surroundings)
        return WebhookReceiver(
            Client(address, hosts, access, timeout=_seconds(self.timeout)),
            min(_MOST, self.max_alerts) if self.max_alerts > 0 else _MOST,
        )


class WebhookReceiver(Receiver):
    """Posts each notice; a repeat has the same Idempotency-Key."""

    concurrency = 32
    folds = True

    def __init__(self, client: Client, most: int) -> None:
        self._client, self._most = client, most

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Post; 2xx accepts."""
        (notice,) = notices
        body = msgspec.json.encode(as_data(notice, context.external_url, self._most))
        # A label may be longer than all headers that a server takes.
        key = notice.name.encode("ascii", "backslashreplace").decode()
        answer = await self._client.post(body, headers={"Idempotency-Key": _header(key)})
        if refusal := answer.refusal():
            raise refusal
        return Delivered(f"HTTP {answer.status}")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _seconds(text: str) -> float:
    try:
        time = duration.milliseconds(text) / 1_000
    except ValueError as error:
        raise ParameterError("timeout", str(error)) from None
    if time > _LONGEST:
        raise ParameterError("timeout", f"expected at most {_LONGEST:.0f}s")
    return time or TIMEOUT


def _header(text: str) -> str:
    """A key as the value of a header: what is not printable is written in hexadecimal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
