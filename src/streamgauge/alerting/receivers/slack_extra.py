"""What Alertmanager's users add to a Slack message: links, fields, buttons, pictures. Pure.

An address of theirs that does not become an https one is left out: Slack would refuse the message.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from streamgauge.alerting.message.message import is_safe_link, line
from streamgauge.alerting.receivers.slack_text import Blocks, cut, escape, section

# Slack's limits: docs.slack.dev, "Blocks": fields of a section, and a button's label. Fewer
# buttons than it takes, as Alertmanager's attachments had.
MAX_FIELDS, MAX_ACTIONS = 10, 5
_FIELD, _LABEL = 2_000, 75
ADDRESSES = ("title_link", "image_url", "thumb_url")


class Field(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One of `fields`: a short one stands beside another."""

    title: str
    value: str
    short: bool | None = None


class Action(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One of `actions`: a button that opens an address."""

    type: str
    text: str
    url: str


def name_texts(fields: list[Field], actions: list[Action], *, short: bool) -> dict[str, str]:
    """The texts of fields and buttons by name; `short` holds where a field does not say."""
    texts = {}
    for number, field in enumerate(fields):
        width = "short" if (short if field.short is None else field.short) else "long"
        texts[f"fields.{number}.{width}.title"] = field.title
        texts[f"fields.{number}.{width}.value"] = field.value
    for number, action in enumerate(actions):
        texts[f"actions.{number}.text"] = action.text
        texts[f"actions.{number}.url"] = action.url
    return texts


def heading(title: str, texts: Mapping[str, str]) -> dict[str, Any] | None:
    """A plain title as a link, if it leads somewhere."""
    url = texts.get("title_link", "")
    if not is_safe_link(url):
        return None
    return section(f"*<{escape(url)}|{escape(title)}>*")


def above(texts: Mapping[str, str]) -> Blocks:
    """What stands before the title."""
    return [section(cut(texts["pretext"]))] if "pretext" in texts else []


def below(texts: Mapping[str, str]) -> Blocks:
    """What stands after the text: fields, buttons, a footer."""
    blocks: Blocks = []
    if short := [_mrkdwn(text) for text in _fields(texts, "short")]:
        blocks.append({"type": "section", "fields": short})
    blocks += [section(text) for text in _fields(texts, "long")]
    if buttons := list(_buttons(texts)):
        blocks.append({"type": "actions", "elements": buttons})
    if footer := texts.get("footer"):
        blocks.append({"type": "context", "elements": [_mrkdwn(cut(footer, _FIELD))]})
    return blocks


def pictures(summary: str, texts: Mapping[str, str]) -> Blocks:
    """An attachment of its own: a block whose picture is missing would cost the whole message."""
    found = {
        name: url for name in ("image_url", "thumb_url") if is_safe_link(url := texts.get(name, ""))
    }
    return [{"fallback": summary, **found}] if found else []


def _fields(texts: Mapping[str, str], width: str) -> Iterator[str]:
    for number in range(MAX_FIELDS):
        name = f"fields.{number}.{width}"
        title, value = texts.get(f"{name}.title", ""), texts.get(f"{name}.value", "")
        if title or value:
            yield cut(f"*{title}*\n{value}" if title else value, _FIELD)


def _buttons(texts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for number in range(MAX_ACTIONS):
        url, label = texts.get(f"actions.{number}.url", ""), texts.get(f"actions.{number}.text", "")
        if label and is_safe_link(url):
            yield {
                "type": "button",
                "action_id": f"open-{number}",
                "text": {"type": "plain_text", "text": line(label, _LABEL)},
                "url": url,
            }


def _mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
