"""`streamgauge alerts list|explain|history|silences`: what the notifier knows and has told."""

import json as js
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.api.client import client, part
from streamgauge.alerting.api.posted_matcher import PostedMatcher
from streamgauge.alerting.matcher import show_labels
from streamgauge.alerting.message.message import line

_WIDE = 300
# What is told then; anything else is what keeps it from being told until then.
_COMING = ("waits for", "repeated")
_WORST = {"critical": 0, "error": 1, "warning": 2, "info": 3}


def show_list(
    *matchers: str, all_: bool = False, json: bool = False, config: Path | None = None
) -> None:
    """List what fires, the worst and then the newest first.

    Parameters
    ----------
    matchers
        Only those whose labels match, for example severity="critical".
    all_
        Those that are silenced or inhibited too.
    json
        One JSON object a line.
    config
        The settings file.

    """
    notifier = client(config)
    joined = ",".join(matchers) or None
    muted = None if all_ else "false"
    found = notifier.get("/api/v2/alerts", filter=joined, silenced=muted, inhibited=muted)
    acks = {one["fingerprint"]: one for one in notifier.get("/api/v2/acks")}
    for alert in found:
        alert["acknowledgement"] = acks.get(alert["fingerprint"])
    found.sort(key=lambda one: one["startsAt"], reverse=True)
    found.sort(key=lambda one: _WORST.get(one["labels"].get("severity", ""), len(_WORST)))
    _print(found, _alert, json=json, nothing="nothing fires that is not muted")


def explain(fingerprint: str, *, json: bool = False, config: Path | None = None) -> None:
    """Say who is told of an alert, by which route, and what mutes it or comes next.

    Parameters
    ----------
    fingerprint
        The alert's, as `alerts list` and every message have it.
    json
        One JSON object.
    config
        The settings file.

    """
    found = client(config).get(f"/api/v2/alerts/{part(fingerprint)}/explain")
    _print([found], lambda one: "\n".join(_explanation(one)), json=json)


def history(
    *,
    fingerprint: str | None = None,
    group: str | None = None,
    receiver: str | None = None,
    since: str = "1d",
    json: bool = False,
    config: Path | None = None,
) -> None:
    """List who was told what and what came of it, the newest first.

    Parameters
    ----------
    fingerprint
        Only what was about this alert.
    group
        Only this group, by its key.
    receiver
        Only this receiver, or one integration of it such as on-call/slack.
    since
        That long ago, for example 1h or 7d.
    json
        One JSON object a line.
    config
        The settings file.

    """
    found = client(config).get(
        "/api/v2/history", fingerprint=fingerprint, group=group, receiver=receiver, since=since
    )
    _print(found, _telling, json=json, nothing="nobody was told of such a thing in that time")


def silences(*, all_: bool = False, json: bool = False, config: Path | None = None) -> None:
    """List silences that hold or will.

    Parameters
    ----------
    all_
        Those that are over too.
    json
        One JSON object a line.
    config
        The settings file.

    """
    found = client(config).get("/api/v2/silences")
    chosen = [one for one in found if all_ or one["status"]["state"] != "expired"]
    _print(chosen, _silence, json=json, nothing="no silence holds or is to come")


def _print(
    found: Sequence[Any], row: Callable[[Any], str], *, json: bool, nothing: str = ""
) -> None:
    if not found and not json and sys.stdout.isatty():
        # A script gets no line for nothing; a person wonders whether it worked.
        print(nothing)
    for one in found:
        print(js.dumps(one) if json else row(one))


def _alert(one: dict[str, Any]) -> str:
    labels, ack = one["labels"], one["acknowledgement"]
    state = one["status"]["state"]
    said = [
        one["fingerprint"],
        f"{labels.get('severity', '-'):<8}",
        f"{state if state != 'active' else 'firing':<11}",
        f"{_second(one['startsAt'])} ({_age(one['startsAt'])})",
        one["annotations"].get("summary") or labels.get("alertname", "-"),
        f"({', '.join(receiver['name'] for receiver in one['receivers'])})",
    ]
    if ack:
        said.append(f"{ack['owner']} has it until {_second(ack['endsAt'])}")
    return _line("  ".join(said))


def _explanation(one: dict[str, Any]) -> Iterable[str]:
    # The time is that of the begin, also of one that has just ended.
    state = "firing" if one["state"] == "firing" else f"{one['state']}, fired"
    yield _line(f"{state} since {_time(one['arrived_at'])}: {show_labels(one['labels'])}")
    for route in one["routes"]:
        yield _line(f"  {route['why']}, group {route['group']}")
        for hearer in route["hearers"]:
            told = f" at {_time(hearer['told_at'])}" if hearer["told_at"] is not None else ""
            word = "at" if hearer["next"].startswith(_COMING) else "until"
            when = f" {word} {_time(hearer['next_at'])}" if hearer["next_at"] is not None else ""
            yield _line(f"    {hearer['aim']}: {hearer['told']}{told}; {hearer['next']}{when}")


def _telling(one: dict[str, Any]) -> str:
    tries = f" after {one['attempts']} tries" if one["attempts"] > 1 else ""
    counts = f"{len(one['firing'])} firing, {len(one['resolved'])} resolved"
    said = f"{one['result']}{tries}" + (f": {one['detail']}" if one["detail"] else "")
    return _line(
        f"{_time(one['at'])}  {one['receiver']}  {one['reason']}  {counts}  {one['group']}  {said}"
    )


def _silence(one: dict[str, Any]) -> str:
    matchers = ", ".join(
        str(matcher.read()) for matcher in msgspec.convert(one["matchers"], list[PostedMatcher])
    )
    when = f"{_second(one['startsAt'])} to {_second(one['endsAt'])}"
    state = one["status"]["state"]
    return _line(f"{one['id']}  {state}  {when}  {matchers}  {one['createdBy']}: {one['comment']}")


def _second(text: str) -> str:
    """A moment of the API's as the other columns have it."""
    return f"{text[:19].replace('T', ' ')}Z"


def _age(text: str) -> str:
    lasted = datetime.now(UTC) - datetime.fromisoformat(text)
    return duration.show_seconds(max(0, lasted // timedelta(milliseconds=1)))


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def _line(text: str) -> str:
    return line(text, _WIDE)
