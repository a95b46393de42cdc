"""A message as HTML: nothing is loaded from anywhere, nothing runs."""

from html import escape

from streamgauge.alerting.message.message import Fact, Message, is_link

COLOUR = {"critical": "#c62828", "warning": "#ef8f00", "info": "#1976d2"}
# A longer address is shown by what it is for.
_LONG = 80
RESOLVED, OTHER = "#2e7d32", "#616161"
_STYLE = "font-family:sans-serif;color:#212121;max-width:50em"
# A table's rows stay on a phone's page, however long a name in them is.
_CELL = "overflow-wrap:anywhere"
_BUTTON = (
    "display:inline-block;margin:0 8px 8px 0;padding:8px 14px;border-radius:4px;"
    "text-decoration:none;background:#e0e0e0;color:#212121"
)
_FIRST = _BUTTON.replace("#e0e0e0", "#1565c0").replace("#212121", "#ffffff")


def colour(status: str, severity: str) -> str:
    """The colour that says how bad it is; green when it is over."""
    return RESOLVED if status == "resolved" else COLOUR.get(severity, OTHER)


def as_html(message: Message) -> str:
    """A page: title, what can be done, a table an alert, what it is about as a whole."""
    bar = f"border-left:6px solid {colour(message.status, message.severity)};padding-left:12px"
    parts = [f'<h2 style="{bar}">{escape(message.title)}</h2>']
    if message.links:
        parts.append(f"<p>{''.join(_button(name, url) for name, url in message.links)}</p>")
    for section in message.sections:
        if not message.alone:
            tint = colour(section.state, section.severity)
            said = escape(f"{section.state.upper()} {section.title}")
            parts.append(f'<h3 style="color:{tint}">{said}</h3>')
        parts.append(_table(section.facts))
    parts += [f"<p>{escape(text)}</p>" for text in message.rest]
    parts.append(_table(message.facts))
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f'<body style="{_STYLE}">\n{body}\n</body></html>\n'
    )


def _table(facts: tuple[Fact, ...]) -> str:
    rows = "".join(
        f'<tr valign="top"><th align="left" width="100">{escape(name)}</th>'
        f'<td style="{_CELL}">{_value(name, text)}</td></tr>\n'
        for name, text in facts
    )
    return f'<table cellpadding="4">\n{rows}</table>' if rows else ""


def _value(name: str, text: str) -> str:
    if not is_link(text):
        return escape(text)
    return _link(text if len(text) <= _LONG else name, text)


def _button(name: str, url: str) -> str:
    look = _FIRST if name == "Acknowledge" else _BUTTON
    return f'<a href="{escape(url)}" rel="noreferrer" style="{look}">{escape(name)}</a> '


def _link(name: str, url: str) -> str:
    return f'<a href="{escape(url)}" rel="noreferrer">{escape(name)}</a>'
