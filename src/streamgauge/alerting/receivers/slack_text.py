"""Slack's mrkdwn: escaped, cut into sections. Pure."""

from collections.abc import Sequence
from typing import Any

# Slack's limits: docs.slack.dev, "Blocks". A few of 50 are left for the header and buttons.
_SECTION, SECTIONS = 3_000, 45

Blocks = list[dict[str, Any]]


def escape(text: str) -> str:
    """Take Slack's three control characters their meaning: no mention and no link comes of data.

    >>> escape("<!channel> & more")
    '&lt;!channel&gt; &amp; more'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def finish(value: Any) -> Any:
    """What a template prints, escaped."""
    return escape(value) if isinstance(value, str) else value


def section(text: str) -> dict[str, Any]:
    """A text in mrkdwn, of which Slack makes no links by itself."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def sections(lines: Sequence[str], most: int = SECTIONS) -> Blocks:
    """Lines in as few sections as they fit into; what does not fit is counted."""
    texts = [""]
    for number, one in enumerate(lines):
        kept = cut(one)
        if len(texts[-1]) + len(kept) + 1 > _SECTION:
            if len(texts) == most:
                texts.append(f"… and {len(lines) - number} lines more")
                break
            texts.append("")
        texts[-1] += f"\n{kept}" if texts[-1] else kept
    return [section(text) for text in texts if text.strip()]


def cut(text: str, limit: int = _SECTION) -> str:
    """A text that fits; if an escaped one does not, it ends before the entity that is in two."""
    if len(text) < limit:
        return text
    kept = text[: limit - 2]
    start = kept.rfind("&")
    return (kept[:start] if start > limit - 10 else kept) + "…"
