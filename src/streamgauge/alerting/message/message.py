"""A message as a value: what every channel shows in its own way."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

Fact = tuple[str, str]

# Five times as long when escaped, a fact still fits into a section of Slack's.
MAX_TITLE, MAX_FACT = 200, 500


class Section(msgspec.Struct, frozen=True):
    """One alert in full."""

    title: str
    state: str
    severity: str
    facts: tuple[Fact, ...]


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One group of alerts: some in full, the `rest` as counts.

    `status` is `firing` while anything fires, `severity` the worst of what is told. All texts are
    single printable lines, unescaped.
    """

    title: str
    status: str
    severity: str
    sections: tuple[Section, ...] = ()
    rest: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    links: tuple[Fact, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether it is about one alert: then the title of that is the message's."""
        return len(self.sections) == 1 and not self.rest

    def every_fact(self) -> tuple[Fact, ...]:
        """All facts in the order of reading; of several alerts each begins with its title."""
        shown = [
            fact
            for section in self.sections
            for fact in (*(() if self.alone else ((section.state, section.title),)), *section.facts)
        ]
        return (*shown, *(("And", text) for text in self.rest), *self.facts)


def line(text: str, limit: int) -> str:
    r"""One printable line: control characters, line ends among them, become spaces.

    >>> line("a\r\nBcc: x", 80)
    'a  Bcc: x'
    """
    if len(text) <= limit and text.isprintable():
        return text
    # Cut first: a stranger's text may be long.
    clean = "".join(c if c.isprintable() else " " for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def paragraph(text: str, limit: int) -> str:
    """Several printable lines."""
    kept = "".join(c if c.isprintable() or c == "\n" else " " for c in text[: limit + 1])
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def is_link(text: str) -> bool:
    """Whether a text may become a link: http and https only, nothing but the address.

    >>> is_link("https://example.org/r?a=1"), is_link("javascript:x"), is_link("https://a b")
    (True, False, False)
    """
    if not text.startswith(("https://", "http://")) or len(text) > MAX_FACT:
        return False
    if not text.isascii() or not text.isprintable() or any(c in text for c in " <>\"'`\\|"):
        return False
    try:
        address = urlsplit(text)
    except ValueError:
        return False
    return bool(address.hostname) and "@" not in address.netloc


def is_safe_link(text: str) -> bool:
    """Whether a text may become a link that somebody else's server follows: https only.

    >>> is_safe_link("https://example.org"), is_safe_link("http://example.org")
    (True, False)
    """
    return text.startswith("https://") and is_link(text)


def moment(ts: int) -> datetime:
    """Milliseconds since 1970 as a time in UTC."""
    return datetime.fromtimestamp(ts / 1000, UTC)


def clock(ts: int) -> str:
    """Milliseconds since 1970 as people read a time."""
    try:
        return f"{moment(ts):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{ts} ms"
