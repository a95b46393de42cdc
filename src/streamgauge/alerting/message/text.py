"""A message as plain text."""

from streamgauge.alerting.message.message import Message


def as_text(message: Message) -> str:
    """A fact a line; alerts apart from each other, links last."""
    links = [f"{name}: {url}" for name, url in message.links]
    if message.text is not None:
        return "\n".join([message.text, "", *links]).rstrip() + "\n"
    lines = [message.title]
    alone = len(message.sections) == 1 and not message.rest
    for section in message.sections:
        lines += ["", *([] if alone else [f"{section.state.upper()} {section.title}"])]
        lines += [f"{name}: {text}" for name, text in section.facts]
    if message.rest:
        lines += ["", *message.rest]
    lines += ["", *(f"{name}: {text}" for name, text in message.facts), *links]
    return "\n".join(lines) + "\n"
