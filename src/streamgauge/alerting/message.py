"""What people read about an alert: what moved, from where to where, since when, and why they.

Everything in an alert may have come from a stranger, so every text is one printable line.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

import msgspec

from streamgauge.alerting import duration, template
from streamgauge.alerting.expression import OutsideSubsetError
from streamgauge.alerting.expression import parse as parse_expression
from streamgauge.contracts.alert import Alert

_MAX_TITLE = 200
# Five times as long when escaped, it still fits into a section of Slack's.
_MAX_FACT = 500
_NOT_SERIES = ("alertname", "severity")
# So much of a hash tells references apart.
_HASH = 12


class Message(msgspec.Struct, frozen=True):
    """A title and named facts; `runbook` is among the facts too."""

    title: str
    facts: tuple[tuple[str, str], ...]
    runbook: str = ""


def compose(alert: Alert, why: str) -> Message:
    """Say it; `why` names the route that led to this receiver."""
    summary = alert.annotations.get("summary") or alert.rule
    runbook = line(alert.annotations.get("runbook_url", ""), _MAX_FACT)
    facts = [
        ("What moved", _movement(alert)),
        ("Since", _since(alert)),
        ("Series", ", ".join(f"{k}={v}" for k, v in _series(alert))),
        ("Based on", _basis(alert)),
        ("Evidence", _evidence(alert)),
        ("Description", alert.annotations.get("description", "")),
        ("Runbook", runbook),
        ("Why sent", f"{alert.expr} (rule {alert.rule}, episode {alert.episode}); {why}"),
    ]
    return Message(
        title=line(f"[{alert.state.upper()}] {alert.severity}: {summary}", _MAX_TITLE),
        facts=tuple((name, line(text, _MAX_FACT)) for name, text in facts if text),
        runbook=runbook,
    )


def line(text: str, limit: int) -> str:
    r"""One printable line: control characters, line ends among them, become spaces.

    >>> line("a\r\nBcc: x", 80)
    'a  Bcc: x'
    """
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def as_text(message: Message) -> str:
    """Plain text, a fact a line."""
    return "\n".join([message.title, "", *(f"{name}: {text}" for name, text in message.facts)]) + (
        "\n"
    )


def as_html(message: Message) -> str:
    """A table; nothing is loaded from anywhere."""
    rows = "".join(
        f'<tr><th align="left" valign="top">{escape(name)}</th><td>{_cell(text)}</td></tr>'
        for name, text in message.facts
    )
    return (
        f'<!doctype html><html><body style="font-family:sans-serif"><h2>{escape(message.title)}'
        f'</h2><table cellpadding="4">{rows}</table></body></html>\n'
    )


def moment(ts: int) -> datetime:
    """Event time in milliseconds as a time in UTC."""
    return datetime.fromtimestamp(ts / 1000, UTC)


def _cell(text: str) -> str:
    if text.startswith(("https://", "http://")) and " " not in text:
        return f'<a href="{escape(text)}">{escape(text)}</a>'
    return escape(text)


def _movement(alert: Alert) -> str:
    try:
        comparison = parse_expression(alert.expr)
    except OutsideSubsetError:
        return f"{template.number(alert.value)}"
    where = {name: alert.labels[name] for name in ("quantile", "class") if name in alert.labels}
    name = comparison.metric + "".join(f" {k} {v}" for k, v in where.items())
    threshold = template.number(comparison.threshold)
    value = f"{alert.value:.6g}"
    if alert.state == "resolved":
        if reason := alert.evidence.get("reason"):
            return f"{name}: {reason}; last seen at {value}"
        return f"{name} is {value}, no longer {comparison.op} {threshold}"
    return f"{name} is {value}, threshold {comparison.op} {threshold}"


def _since(alert: Alert) -> str:
    begun = f"{moment(alert.starts_at):%Y-%m-%d %H:%M:%S} UTC"
    if alert.ends_at is None:
        return begun
    lasted = duration.show(max(0, alert.ends_at - alert.starts_at))
    return f"{begun} until {moment(alert.ends_at):%Y-%m-%d %H:%M:%S} UTC ({lasted})"


def _series(alert: Alert) -> list[tuple[str, str]]:
    return [(k, v) for k, v in sorted(alert.labels.items()) if k not in _NOT_SERIES]


def _basis(alert: Alert) -> str:
    window = alert.evidence.get("window")
    inside = f" in a window of {window}" if window else ""
    return f"{alert.samples} samples{inside}, {alert.completeness:.0%} complete"


def _evidence(alert: Alert) -> str:
    """What a detector says: in words if it has some, and which parts it is made of."""
    evidence = alert.evidence
    said = [str(evidence["text"])] if "text" in evidence else _means(evidence)
    for name, title in (
        ("parts", "made of"),
        ("predictions", "for example"),
        ("reference", "compared with reference"),
    ):
        if text := str(evidence.get(name, "")):
            said.append(f"{title} {text[:_HASH] if name == 'reference' else text}")
    return "; ".join(said)


def _means(evidence: Mapping[str, float | str]) -> list[str]:
    before, after = evidence.get("before"), evidence.get("after")
    if not isinstance(before, float | int) or not isinstance(after, float | int):
        return []
    score = evidence.get("score")
    by = f" (score {score:.3g})" if isinstance(score, float | int) else ""
    return [f"mean {before:.6g} before, {after:.6g} after{by}"]
