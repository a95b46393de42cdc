"""Say a notice: the worst and newest alerts in full, the others as counts, and why it is sent."""

import re
import shlex
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import nsmallest

from streamgauge.alerting.message.evidence import tell_evidence
from streamgauge.alerting.message.message import (
    MAX_FACT,
    MAX_TITLE,
    Fact,
    Message,
    Section,
    is_link,
    line,
)
from streamgauge.alerting.message.movement import tell_movement, tell_time
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert

# So many alerts are told in full, so many kinds of the others are counted.
IN_FULL, KINDS = 10, 12
_WORST = {"critical": 0, "error": 1, "warning": 2, "info": 3}
# Nobody has to be told how to quiet these.
_OWNED = ("acknowledged", "digest", "watch")
_SHIPPED = re.compile(r"docs/runbooks/\w{1,100}\.md", re.ASCII)
_NOT_SERIES = ("alertname", "severity")
_HEAD = {"escalated": "ESCALATED", "acknowledged": "ACKNOWLEDGED", "digest": "DIGEST"}
_REASON = {
    "new": "something new fires",
    "repeat": "it still fires",
    "resolved": "something is over",
    "escalated": "nobody acknowledged in time",
    "acknowledged": "somebody owns it",
    "digest": "it is time for the digest",
    "watch": "the monitor watches itself",
}


def compose(
    notice: Notice,
    *,
    external_url: str = "",
    again: bool = False,
    ack_link: Callable[[Alert], str] | None = None,
    full: int = IN_FULL,
) -> Message:
    """Say it; `again` marks one whose first try has an unknown outcome as a possible repeat."""
    shown = nsmallest(full, notice.alerts, key=_rank)
    alone = len(notice.alerts) == 1
    if notice.reason in ("watch", "acknowledged"):
        # The one is no alert of the topic, nobody can own it; of the other somebody does.
        ack_link = None
    return Message(
        title=line(f"{_head(notice)} {_subject(notice, shown)}", MAX_TITLE),
        status="firing" if notice.fires else "resolved",
        severity=min((alert.severity for alert in notice.alerts), key=_badness, default="info"),
        sections=tuple(
            _section(alert, notice, external_url, ack_link, alone=alone) for alert in shown
        ),
        rest=_rest(notice.alerts, shown),
        facts=_clean(_group_facts(notice, again=again)),
        links=_links(notice, shown, external_url, ack_link),
    )


def _rank(alert: Alert) -> tuple[bool, int, int, str]:
    return (alert.state != "firing", _badness(alert.severity), -alert.updated_at, alert.id)


def _badness(severity: str) -> int:
    return _WORST.get(severity, len(_WORST))


def _head(notice: Notice) -> str:
    firing = sum(alert.state == "firing" for alert in notice.alerts)
    resolved = len(notice.alerts) - firing
    if len(notice.alerts) == 1:
        head = "FIRING" if firing else "RESOLVED"
    elif firing:
        head = f"FIRING:{firing}" + (f", RESOLVED:{resolved}" if resolved else "")
    else:
        head = f"RESOLVED:{resolved}"
    special = _HEAD.get(notice.reason)
    return f"[{special}] [{head}]" if special and notice.alerts else f"[{special or head}]"


def _subject(notice: Notice, shown: Sequence[Alert]) -> str:
    if not shown:
        return notice.text.partition("\n")[0] or notice.why
    first = shown[0]
    summary = first.annotations.get("summary") or first.rule
    if len(notice.alerts) == 1:
        return f"{first.severity}: {summary}"
    labels = [value for name, value in sorted(notice.labels.items()) if name != "severity"]
    return f"{first.severity}: {' '.join(labels) or 'alerts'}, worst: {summary}"


def _section(
    alert: Alert,
    notice: Notice,
    external_url: str,
    ack_link: Callable[[Alert], str] | None,
    *,
    alone: bool,
) -> Section:
    summary = alert.annotations.get("summary") or alert.rule
    facts = [
        ("What moved", tell_movement(alert)),
        ("Since", tell_time(alert, notice.at)),
        ("Series", ", ".join(f"{k}={v}" for k, v in _series(alert.labels))),
        ("Based on", _basis(alert)),
        ("Evidence", tell_evidence(alert.evidence)),
        ("Flapping", "it comes and goes; told once until it is calm" if alert.flapping else ""),
        ("Description", alert.annotations.get("description", "")),
        ("Runbook", _runbook(alert, external_url)),
        ("Rule", f"{alert.expr} ({alert.rule}, episode {alert.episode})" if alert.expr else ""),
        ("Source", alert.generator_url),
        ("Fingerprint", alert.episode_id),
    ]
    if alert.state == "firing" and notice.reason not in _OWNED:
        if ack_link is None:
            facts.append(("Acknowledge", _ack_command(alert)))
        elif not alone:
            facts.append(("Acknowledge", ack_link(alert)))
    return Section(
        title=line(f"{alert.severity}: {summary}", MAX_TITLE),
        state=alert.state,
        severity=alert.severity,
        facts=_clean(facts),
    )


def _runbook(alert: Alert, external_url: str) -> str:
    """The page's address; those of the shipped rules are at the notifier."""
    url = alert.annotations.get("runbook_url", "")
    ours = external_url and _SHIPPED.fullmatch(url)
    return f"{external_url.rstrip('/')}/{url}" if ours else url


def _ack_command(alert: Alert) -> str:
    name = line(alert.episode_id, MAX_FACT // 2)
    return f"streamgauge alerts ack {shlex.quote(name)}"


def _rest(alerts: Sequence[Alert], shown: Sequence[Alert]) -> tuple[str, ...]:
    """What is not shown: how many of which rule."""
    counts = Counter((alert.state, alert.severity, alert.rule) for alert in alerts)
    counts.subtract((alert.state, alert.severity, alert.rule) for alert in shown)
    left = sorted(
        ((kind, n) for kind, n in counts.items() if n),
        key=lambda one: (one[0][0] != "firing", _badness(one[0][1]), -one[1], one[0]),
    )
    said = [f"{n} more {state}: {severity} {rule}" for (state, severity, rule), n in left[:KINDS]]
    if others := left[KINDS:]:
        said.append(f"{sum(n for _, n in others)} more of {len(others)} other rules")
    return tuple(line(text, MAX_FACT) for text in said)


def _group_facts(notice: Notice, *, again: bool) -> list[Fact]:
    labels = ", ".join(f"{k}={v}" for k, v in sorted(notice.labels.items()))
    of = "of the group" if notice.reason == "acknowledged" else "silenced, inhibited or owned"
    muted = f"{notice.muted} more, {of}" if notice.muted else ""
    return [
        *(("Note", text) for text in notice.text.split("\n")),
        ("Group", labels if len(notice.alerts) != 1 else ""),
        ("Not shown", muted),
        ("Why sent", f"{_REASON[notice.reason]}; {notice.why}; receiver {notice.aim}"),
        ("Repeat", "possible repeat: whether it was told before is unknown" if again else ""),
        ("Silence", _silence_command(notice)),
        ("Key", notice.key),
    ]


def _silence_command(notice: Notice) -> str:
    """How to quiet the whole group; empty where that is not possible."""
    matchers = " ".join(
        shlex.quote(f"{k}={_quoted(line(v, MAX_FACT))}") for k, v in sorted(notice.labels.items())
    )
    command = f"streamgauge alerts silence {matchers} --for 1h --comment WHY"
    # Cut in two, a command could mean something else.
    fits = matchers and len(command) < MAX_FACT
    return command if fits and notice.fires and notice.reason not in _OWNED else ""


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _links(
    notice: Notice,
    shown: Sequence[Alert],
    external_url: str,
    ack_link: Callable[[Alert], str] | None,
) -> tuple[Fact, ...]:
    links: list[Fact] = []
    if len(notice.alerts) == 1 and shown[0].state == "firing" and ack_link:
        links.append(("Acknowledge", ack_link(shown[0])))
    runbooks = dict.fromkeys(_runbook(alert, external_url) for alert in shown)
    links += [("Runbook", url) for url in runbooks]
    dashboards = dict.fromkeys(alert.annotations.get("dashboard_url", "") for alert in shown)
    links += [("Dashboard", url) for url in dashboards]
    links.append(("streamgauge", external_url))
    return tuple((name, url) for name, url in links if is_link(url))


def _series(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(k, v) for k, v in sorted(labels.items()) if k not in _NOT_SERIES]


def _basis(alert: Alert) -> str:
    if not alert.expr:
        return ""
    window = alert.evidence.get("window")
    inside = f" in a window of {window}" if window else ""
    return f"{alert.samples} samples{inside}, {alert.completeness:.0%} complete"


def _clean(facts: list[Fact]) -> tuple[Fact, ...]:
    return tuple((name, line(text, MAX_FACT)) for name, text in facts if text)
