"""A message as plain text."""

from streamgauge.alerting.message.message import Message


def as_text(message: Message) -> str:
    """A fact a line; alerts apart from each other, links last."""
    lines = [message.title]
    for section in message.sections:
        lines += ["", *([] if message.alone else [f"{section.state.upper()} {section.title}"])]
        lines += [f"{name}: {text}" for name, text in section.facts]
    if message.rest:
        lines += ["", *message.rest]
    lines += [
        "",
        *(f"{name}: {text}" for name, text in message.facts),
        *(f"{name}: {url}" for name, url in message.links),
    ]
    return "\n".join(lines) + "\n"
