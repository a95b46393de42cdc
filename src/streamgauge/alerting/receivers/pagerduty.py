"""PagerDuty's Events API v2: one incident a group episode, whatever is sent twice."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from streamgauge.alerting.message.data import rfc3339
from streamgauge.alerting.message.message import is_safe_link, line
from streamgauge.alerting.message.text import as_text
from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client, check_address
from streamgauge.alerting.receivers.http_config import HttpConfig, open_access
from streamgauge.alerting.receivers.receiver import (
    Context,
    Defaults,
    Delivered,
    DeliveryError,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.secret import Secret, read_secret
from streamgauge.alerting.receivers.telling import Telling, Told, open_telling
from streamgauge.alerting.routing.notice import Notice

_URL = "https://events.pagerduty.com/v2/enqueue"
# Events API v2: the limits of a summary in characters, and of an event in bytes.
_SUMMARY, _EVENT = 1024, 512_000
# Warnings have low urgency where a service takes it from the severity.
_SEVERITY = {
    "critical": "critical",
    "page": "critical",
    "error": "error",
    "warning": "warning",
    "info": "info",
}
_TOO_LARGE = "custom details left out: the event would be larger than 512,000 bytes"


class PagerDutyDefaults(Defaults, frozen=True):
    """Fields of `global`."""

    pagerduty_url: str = _URL


class Link(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One of `links`: texts are Jinja2, the address has to become https."""

    href: str
    text: str = ""


class Image(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One of `images`, which PagerDuty shows: as a link."""

    src: str
    href: str = ""
    alt: str = ""


class PagerDuty(Parameters, frozen=True, rename={"class_": "class"}):
    """`pagerduty_configs` of Alertmanager, for the Events API v2."""

    kind: ClassVar[str] = "pagerduty"
    defaults: ClassVar[type[Defaults]] = PagerDutyDefaults

    routing_key_file: Path | None = None
    service_key_file: Path | None = None
    url: str | None = None
    client: str = "streamgauge"
    client_url: str | None = None
    description: str | None = None
    severity: str | None = None
    source: str | None = None
    component: str | None = None
    group: str | None = None
    class_: str | None = None
    details: dict[str, str] = {}
    links: list[Link] = []
    images: list[Image] = []
    http_config: HttpConfig = HttpConfig()

    def open(self, defaults: Any, surroundings: Surroundings) -> "PagerDutyReceiver":
        """Read the key and check the address."""
        if self.service_key_file:
            raise ParameterError(
                "service_key_file",
                "this is of the Events API v1; add an Events API v2 integration to the service and"
                " use its key as routing_key_file",
            )
        if self.routing_key_file is None:
            raise ParameterError("routing_key_file", "expected a file with the integration's key")
        hosts = Hosts(surroundings.hosts)
        address = check_address("url", Secret(self.url or defaults.pagerduty_url), hosts)
        names = ("description", "severity", "source", "component", "group")
        texts = {name: getattr(self, name) for name in names} | {"class": self.class_}
        texts |= {f"details.{name}": text for name, text in self.details.items()}
        for field, entries in (("links", self.links), ("images", self.images)):
            for number, entry in enumerate(entries):
                for name, text in msgspec.structs.asdict(entry).items():
                    texts[f"{field}.{number}.{name}"] = text
        return PagerDutyReceiver(
            key=read_secret("routing_key_file", self.routing_key_file, surroundings.folder),
            client=Client(address, hosts, open_access(self.http_config, surroundings)),
            telling=open_telling(texts, surroundings),
            who=(self.client, self.client_url),
        )


class PagerDutyReceiver(Receiver):
    """Repeats merge by their key, so that unknown outcomes are harmless."""

    concurrency = 32
    folds = True

    def __init__(
        self, *, key: Secret, client: Client, telling: Telling, who: tuple[str, str | None]
    ) -> None:
        self._key, self._client, self._telling, self._who = key, client, telling, who

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Trigger while anything fires, acknowledge when somebody owns it, resolve at the end."""
        (notice,) = notices
        if notice.reason == "digest":
            # It would open an incident that nothing ends.
            raise DeliveryError("PagerDuty takes no digests", permanent=True)
        event, note = self._event(notice, context)
        answer = await self._client.post(event)
        if refusal := answer.refusal():
            raise refusal
        if answer.status != 202:
            # A proxy's page, for example: PagerDuty takes an event with 202 only.
            raise DeliveryError(f"HTTP {answer.status}, expected 202")
        return Delivered(f"HTTP 202{note}", {"dedup_key": dedup_key(notice)})

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _event(self, notice: Notice, context: Context) -> tuple[bytes, str]:
        event: dict[str, Any] = {
            "routing_key": self._key.reveal(),
            "event_action": _action(notice),
            "dedup_key": dedup_key(notice),
        }
        if event["event_action"] != "trigger":
            return msgspec.json.encode(event), ""
        told = self._telling.say(notice, context)
        name, address = self._who
        if url := address or context.external_url:
            event |= {"client": name, "client_url": url}
        payload = _payload(notice, told)
        links = [{"href": url, "text": text} for text, url in told.message.links]
        event |= {"payload": payload, "links": [*_entries(told, "links", "href"), *links]}
        if images := _entries(told, "images", "src"):
            event["images"] = images
        body = msgspec.json.encode(event)
        if len(body) <= _EVENT:
            return body, ""
        payload["custom_details"] = {"note": _TOO_LARGE, "key": line(notice.key, _SUMMARY)}
        return msgspec.json.encode(event), f", {_TOO_LARGE}"


def dedup_key(notice: Notice) -> str:
    """What makes one incident of a group episode; 64 characters."""
    return sha256(notice.episode_key.encode()).hexdigest()


def _action(notice: Notice) -> str:
    if notice.alerts and not notice.fires:
        return "resolve"
    # One of several that is owned leaves the incident to whoever takes the others.
    owned = notice.reason == "acknowledged" and notice.whole
    return "acknowledge" if owned else "trigger"


def _entries(told: Told, field: str, address: str) -> list[dict[str, str]]:
    """The user's own links or images, in their order; what leads nowhere is left out."""
    entries: dict[str, dict[str, str]] = {}
    for place, text in told.texts.items():
        kind, _, rest = place.partition(".")
        number, _, name = rest.partition(".")
        if kind == field and (name in ("text", "alt") or is_safe_link(text)):
            entries.setdefault(number, {})[name] = line(text, _SUMMARY)
    return [entry for entry in entries.values() if address in entry]


def _payload(notice: Notice, told: Told) -> dict[str, Any]:
    message, texts = told.message, told.texts
    labels = notice.alerts[0].labels if notice.alerts else notice.labels
    since = [alert.starts_at for alert in notice.alerts if alert.state == "firing"]
    payload: dict[str, Any] = {
        "summary": texts.get("description", message.title),
        "severity": _SEVERITY.get(texts.get("severity", message.severity), "error"),
        "source": texts.get("source") or labels.get("instance") or labels.get("model") or "stream",
        "component": texts.get("component") or labels.get("model", ""),
        "group": texts.get("group") or " ".join(v for _, v in sorted(notice.labels.items())),
        "class": texts.get("class") or labels.get("alertname", ""),
    }
    # A stranger's label may be longer than a whole event.
    payload = {name: line(text, _SUMMARY) for name, text in payload.items()}
    if since:
        payload["timestamp"] = rfc3339(min(since))
    details = {
        name.partition(".")[2]: text for name, text in texts.items() if name.startswith("details.")
    }
    payload["custom_details"] = {
        "firing": str(sum(alert.state == "firing" for alert in notice.alerts)),
        "resolved": str(sum(alert.state == "resolved" for alert in notice.alerts)),
        **dict(message.facts),
        "text": as_text(message),
        **details,
    }
    return {name: value for name, value in payload.items() if value}
