"""Messages in Slack's blocks, within its limits. Pure; strangers' texts are escaped."""

from collections.abc import Sequence
from typing import Any

import msgspec

from streamgauge.alerting.message.message import Fact, Message, is_link, line
from streamgauge.alerting.message.page import colour
from streamgauge.alerting.receivers.receiver import Context
from streamgauge.alerting.receivers.slack_extra import above, below, heading, pictures
from streamgauge.alerting.receivers.slack_text import SECTIONS, Blocks, escape, section, sections
from streamgauge.alerting.receivers.telling import Telling, Told
from streamgauge.alerting.routing.notice import Notice

# Slack's limits: docs.slack.dev, "Blocks".
_TITLE, _VALUE = 150, 2_000
# One line of a message that tells of several groups.
_LINE = 400
# Alerts that are shown of each of several groups.
_BRIEFLY = 10
ACTION = "acknowledge"


class Post(msgspec.Struct, frozen=True):
    """What a channel shows: `summary` is what a notification of a phone shows."""

    summary: str
    colour: str
    blocks: Blocks
    pictures: Blocks = []

    def payload(self) -> dict[str, Any]:
        """As webhook and chat.postMessage take it; no address in it is looked up by Slack."""
        return {
            "text": self.summary,
            "unfurl_links": False,
            "unfurl_media": False,
            "attachments": [{"color": self.colour, "blocks": self.blocks}, *self.pictures],
        }


def write(
    telling: Telling, notices: Sequence[Notice], context: Context, *, button: str = ""
) -> Post:
    """The message of one group, or of several at once."""
    if len(notices) == 1:
        return write_post(telling.say(notices[0], context), button=button)
    return write_digest([telling.say(notice, context, _BRIEFLY) for notice in notices])


def write_post(told: Told, *, button: str = "") -> Post:
    """One group: header, facts, links; `button` is the value of the one that acknowledges."""
    message, texts = told.message, told.texts
    title = line(texts.get("title") or message.title, _TITLE)
    added = below(texts)
    most = SECTIONS - len(added)
    blocks = [*above(texts), heading(title, texts) or _header(title)]
    body = texts.get("text")
    if body is None:
        facts = [f"*{escape(name)}*: {_value(text)}" for name, text in message.every_fact()]
        blocks += sections(facts, most)
    else:
        # The user's own text: cut at line ends, so that no entity is cut in two.
        blocks += sections(body.split("\n"), most)
        blocks += sections([_value(text) for name, text in message.facts if name == "Note"])
    blocks += added
    if links := " · ".join(_link(fact) for fact in message.links):
        blocks.append(section(links))
    if button:
        blocks.append(_button(button))
    shade = texts.get("color") or colour(message.status, message.severity)
    summary = escape(line(texts.get("fallback") or title, _TITLE))
    return Post(summary, shade, blocks, pictures(summary, texts))


def write_digest(told: Sequence[Told]) -> Post:
    """Several groups in one message: what burns first, a line an alert that is shown."""
    ordered = sorted(told, key=lambda one: one.message.status != "firing")
    firing = sum(one.message.status == "firing" for one in told)
    title = f"[{firing} groups fire, {len(told) - firing} are over]"
    lines = [text for one in ordered for text in _lines(one.message)]
    worst = ordered[0].message
    blocks = [_header(title), *sections(lines)]
    return Post(escape(title), colour(worst.status, worst.severity), blocks)


def write_button(notice: Notice) -> str:
    """The button's value: the episodes that it acknowledges, as many as Slack lets it carry."""
    ids: list[str] = []
    size = 0
    for alert in notice.alerts:
        if alert.state != "firing":
            continue
        size += len(alert.episode_id) + 1
        if size > _VALUE:
            break
        ids.append(alert.episode_id)
    return ",".join(ids)


def _lines(message: Message) -> list[str]:
    told = [f"*{escape(line(message.title, _LINE // 2))}*"]
    if len(message.sections) == 1:
        told[0] += f" {_brief(message.sections[0].facts)}"
    else:
        told += [
            f"• {escape(one.state)} {escape(line(one.title, 80))} {_brief(one.facts)}"
            for one in message.sections
        ]
    return told + [f"• {escape(text)}" for text in message.rest]


def _brief(facts: Sequence[Fact]) -> str:
    known = dict(facts)
    kept = [known[name] for name in ("Series", "What moved", "Fingerprint") if name in known]
    return escape(line(" | ".join(line(text, 150) for text in kept), _LINE))


def _value(text: str) -> str:
    return f"<{escape(text)}>" if is_link(text) else escape(text)


def _link(fact: Fact) -> str:
    name, url = fact
    return f"<{escape(url)}|{escape(name)}>"


def _header(title: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": title or "-", "emoji": False}}


def _button(value: str) -> dict[str, Any]:
    button = {
        "type": "button",
        "action_id": ACTION,
        "text": {"type": "plain_text", "text": "Acknowledge"},
        "style": "primary",
        "value": value,
    }
    return {"type": "actions", "elements": [button]}
