"""A real Alertmanager as a sink: all peers get every alert, in its own API's words."""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.message.data import rfc3339
from streamgauge.alerting.message.message import is_link
from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client, check_address
from streamgauge.alerting.receivers.http_config import HttpConfig, open_access
from streamgauge.alerting.receivers.receiver import (
    Context,
    Delivered,
    DeliveryError,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert

_PATH = "/api/v2/alerts"
# So many alerts in one request: a server reads bodies of limited size.
_BATCH = 1_000


class Alertmanager(Parameters, frozen=True):
    """`alertmanager_configs`: `urls` are the peers, for example `http://127.0.0.1:9093`.

    An alert that fires is sent with an end `resolve_after` from now, which has to be longer than
    the route's `repeat_interval`: nobody hears of an end that is none. An Alertmanager that starts
    anew knows no alerts until they are repeated.
    """

    kind: ClassVar[str] = "alertmanager"

    urls: list[str]
    resolve_after: str = "12h"
    http_config: HttpConfig = HttpConfig()

    def open(self, _defaults: Any, surroundings: Surroundings) -> "AlertmanagerReceiver":
        """Check the peers' addresses."""
        if not self.urls:
            raise ParameterError("urls", "expected the addresses of all peers")
        hosts = Hosts(surroundings.hosts)
        access = open_access(self.http_config, surroundings)
        peers = [
            check_address("urls", Secret(url.rstrip("/")), hosts, plain=True) for url in self.urls
        ]
        try:
            lasts = duration.milliseconds(self.resolve_after)
        except ValueError as error:
            raise ParameterError("resolve_after", str(error)) from None
        return AlertmanagerReceiver([Client(peer, hosts, access) for peer in peers], lasts)


class AlertmanagerReceiver(Receiver):
    """Peers do not pass alerts on to each other, so that each is told; one that has it is enough.

    What is sent twice has the same labels, and Alertmanager merges it.
    """

    concurrency = 8
    folds = True
    coalesces = True

    def __init__(self, peers: Sequence[Client], lasts: int) -> None:
        self._peers, self._lasts = peers, lasts

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Post the alerts to all peers."""
        alerts = [
            _posted(alert, one.at + self._lasts, context.external_url)
            for one in notices
            for alert in one.alerts
        ]
        bodies = [
            msgspec.json.encode(alerts[start : start + _BATCH])
            for start in range(0, len(alerts), _BATCH)
        ]
        results = await asyncio.gather(*(_post(peer, bodies) for peer in self._peers))
        failures = [failure for failure in results if failure]
        if len(failures) == len(self._peers):
            retry = [one.retry_after for one in failures if one.retry_after is not None]
            raise DeliveryError(
                "; ".join(map(str, failures)),
                permanent=all(failure.permanent for failure in failures),
                retry_after=max(retry, default=None),
            )
        missed = f"; failed: {'; '.join(map(str, failures))}" if failures else ""
        taken = len(self._peers) - len(failures)
        return Delivered(f"{taken} of {len(self._peers)} peers took {len(alerts)} alerts{missed}")

    async def close(self) -> None:
        """Close the connections."""
        for peer in self._peers:
            await peer.close()


async def _post(peer: Client, bodies: Sequence[bytes]) -> DeliveryError | None:
    try:
        for body in bodies:
            if refusal := (await peer.post(body, _PATH)).refusal():
                return refusal
    except DeliveryError as error:
        return error
    return None


def _posted(alert: Alert, until: int, external_url: str) -> dict[str, Any]:
    over = alert.state == "resolved" and alert.ends_at is not None
    posted: dict[str, Any] = {
        "labels": alert.labels,
        "annotations": alert.annotations,
        "startsAt": rfc3339(alert.starts_at),
        "endsAt": rfc3339(max(alert.ends_at or 0, alert.starts_at) if over else until),
    }
    if is_link(source := alert.generator_url or external_url):
        posted["generatorURL"] = source
    return posted
