"""The page behind the link of a mail: what fires, and the form that acknowledges it. Pure."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape

from streamgauge.alerting.message.evidence import tell_evidence
from streamgauge.alerting.message.message import clock, is_link
from streamgauge.alerting.message.movement import tell_movement, tell_time
from streamgauge.contracts.alert import Ack, Alert

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem}"
    "dt{color:#667}dd{margin:0 0 .5rem;overflow-wrap:anywhere}"
    "input,select,button{font:inherit;padding:.4rem .6rem;margin:.2rem .4rem .2rem 0}"
    "@media(prefers-color-scheme:dark){body{background:#15181c;color:#e8eaed}}"
)
_SHIPPED = re.compile(r"docs/runbooks/\w{1,100}\.md", re.ASCII)
_TIMES = {"15m": "15 minutes", "1h": "1 hour", "4h": "4 hours", "1d": "1 day"}
_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()
# The form posts to where the page came from, and nothing is loaded.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def form(alert: Alert, token: str, now: int, ack: Ack | None = None) -> str:
    """What fires, as bad as it is by now, who owns it already, and the form."""
    summary = alert.annotations.get("summary") or alert.rule
    facts = {
        "Owned": f"{ack.owner} takes care of it until {clock(ack.ends_at)}" if ack else "",
        "Severity": alert.severity,
        "What moved": tell_movement(alert),
        "Since": tell_time(alert, now),
        "Description": alert.annotations.get("description", ""),
        "Evidence": tell_evidence(alert.evidence),
        "Runbook": alert.annotations.get("runbook_url", ""),
        **{name: text for name, text in alert.labels.items() if name != "severity"},
    }
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{value(text)}</dd>" for name, text in facts.items() if text
    )
    times = "".join(
        f'<option value="{time}"{" selected" if time == "1h" else ""}>{words}</option>'
        for time, words in _TIMES.items()
    )
    return page(
        summary,
        f"<dl>{rows}</dl>"
        '<form method="post" action="ack">'
        f'<input type="hidden" name="token" value="{escape(token)}">'
        '<input name="owner" placeholder="Your name" aria-label="Your name" maxlength="200"'
        ' autocomplete="name" required>'
        f'<select name="for" aria-label="For">{times}</select>'
        '<button type="submit">I take care of it</button></form>',
    )


def note(title: str, said: str) -> str:
    """A page with one sentence."""
    return page(title, f"<p>{escape(said)}</p>")


def value(text: str) -> str:
    """A fact as HTML, a link if it leads to a page."""
    # The pages of shipped rules are beside this one.
    if not is_link(text) and not _SHIPPED.fullmatch(text):
        return escape(text)
    return f'<a href="{escape(text)}" rel="noreferrer">{escape(text)}</a>'


def page(title: str, body: str) -> str:
    """A page that loads nothing and fits a phone; the body is HTML."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}</body></html>"
    )
