"""The notifier's own page, where messages lead: what fires now and who has it. Pure."""

from collections.abc import Mapping, Sequence
from html import escape

from streamgauge.alerting.api.link_page import page, value
from streamgauge.alerting.message.movement import tell_movement, tell_time
from streamgauge.alerting.routing.standing import Standing

# A storm is no page: the worst are shown, the others counted.
_MOST = 100
_WORST = {"critical": 0, "error": 1, "warning": 2, "info": 3}


def front(found: Sequence[Standing], owners: Mapping[str, str], now: int) -> str:
    """What fires, the worst and then the newest first; `owners` by the names of episodes."""
    firing = [one for one in found if one.alert.state == "firing"]
    firing.sort(key=lambda one: (_badness(one), -one.alert.starts_at, one.alert.fingerprint))
    rows = "".join(_row(one, owners, now) for one in firing[:_MOST])
    more = f"<p>and {len(firing) - _MOST} more</p>" if len(firing) > _MOST else ""
    title = f"{len(firing)} firing" if firing else "Nothing fires"
    how = "streamgauge alerts ack FINGERPRINT"
    return page(title, f"{rows}{more}<p>Take care of one: <code>{how}</code></p>")


def _badness(one: Standing) -> int:
    return _WORST.get(one.alert.severity, len(_WORST))


def _row(one: Standing, owners: Mapping[str, str], now: int) -> str:
    alert = one.alert
    muted = [
        *(["silenced"] if one.silenced_by else []),
        *(["inhibited"] if one.inhibited_by else []),
        *([f"{owner} takes care of it"] if (owner := owners.get(alert.episode_id)) else []),
    ]
    facts = (
        tell_movement(alert),
        f"since {tell_time(alert, now)}",
        ", ".join(muted) or f"told to {', '.join(one.receivers) or 'nobody'}",
        alert.episode_id,
    )
    told = "".join(f"<dd>{escape(text)}</dd>" for text in facts if text)
    runbook = alert.annotations.get("runbook_url", "")
    summary = alert.annotations.get("summary") or alert.rule
    more = f"<dd>{value(runbook)}</dd>" if runbook else ""
    return f"<h2>{escape(alert.severity)}: {escape(summary)}</h2><dl>{told}{more}</dl>"
