"""PagerDuty as its Events API v2 documents it: checks events, keeps incidents by key.

Source: developer.pagerduty.com, "Events API v2 overview" and "Send an alert event": 202, 400 and
429, the required fields, the limits of 1,024 characters, 255 characters and 512 KB.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from aiohttp import web

from streamgauge.bench.receiver_end.http_end import HttpEnd

Status = Literal["triggered", "acknowledged", "resolved"]
_MAX_BYTES = 512_000
_ACTIONS: dict[str, Status] = {
    "trigger": "triggered",
    "acknowledge": "acknowledged",
    "resolve": "resolved",
}


class Incident(msgspec.Struct):
    """One incident: a trigger after a resolve with the same key opens another one."""

    key: str
    status: Status
    summary: str
    events: list[str]


class PagerDutyEnd(HttpEnd):
    """`incidents` in the order in which they were opened."""

    paths = ("/v2/enqueue",)
    routing_key = "canary7f3a0123456789abcdef012345"

    def __init__(self) -> None:
        super().__init__()
        self.incidents: list[Incident] = []
        self._newest: dict[str, Incident] = {}

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> web.Response:
        """Check an event and let it open, merge into, acknowledge or resolve an incident."""
        event: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        if errors := list(_errors(event, len(body), self.routing_key)):
            told = {
                "status": "invalid event",
                "message": "Event object is invalid",
                "errors": errors,
            }
            return web.json_response(told, status=400)
        self.keep(path, headers, event)
        key = event.get("dedup_key") or f"made-{len(self.incidents)}"
        self._apply(key, event)
        told = {"status": "success", "message": "Event processed", "dedup_key": key}
        return web.json_response(told, status=202)

    def of(self, key: str) -> Incident | None:
        """The newest incident of a key."""
        return self._newest.get(key)

    def _apply(self, key: str, event: dict[str, Any]) -> None:
        action = event["event_action"]
        incident = self._newest.get(key)
        if incident is None or incident.status == "resolved":
            # What ends nothing that is open is taken and does nothing.
            if action == "trigger":
                incident = Incident(key, "triggered", event["payload"]["summary"], [action])
                self.incidents.append(incident)
                self._newest[key] = incident
            return
        incident.events.append(action)
        if action != "trigger":
            incident.status = _ACTIONS[action]


def _errors(event: dict[str, Any], size: int, routing_key: str) -> list[str]:
    errors = []
    if event.get("routing_key") != routing_key:
        errors.append("'routing_key' is missing or invalid")
    action = event.get("event_action")
    if action not in _ACTIONS:
        errors.append("'event_action' is missing or invalid")
    key = event.get("dedup_key")
    if (key is None and action != "trigger") or len(key or "") > 255:
        errors.append("'dedup_key' is missing or longer than 255 characters")
    if size > _MAX_BYTES:
        errors.append("the event is larger than 512 KB")
    if action == "trigger":
        payload = event.get("payload") or {}
        if not 0 < len(payload.get("summary", "")) <= 1024:
            errors.append("'payload.summary' is missing or longer than 1024 characters")
        if not payload.get("source"):
            errors.append("'payload.source' is missing")
        if payload.get("severity") not in ("critical", "error", "warning", "info"):
            errors.append("'payload.severity' is missing or invalid")
    return errors
