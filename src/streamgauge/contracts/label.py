"""Which strings of an event become labels, and whether a terminal or a page may show them.

A name that steers a terminal is refused; one that is spelled in two ways becomes one. Values (of a
feature, an answer) may be prose: what steers in them is replaced, and the event is taken.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from streamgauge.contracts.dead_letter import Reject

MAX_BYTES = 128
# Names of features are often built by programs.
FEATURE_BYTES = 256
# As numbers: looking for bytes in bytes costs four times as much.
_BACKSLASH, _DEL = 0x5C, 0x7F
# Persian, Indian scripts and many emoji need these two; they steer nothing.
_JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
_INSTEAD = "\ufffd"
# Names come again and again; a stranger who makes them up gets no memory for it.
_REMEMBERED = 10_000


def is_plain(value: bytes) -> bool:
    r"""Whether all strings of this JSON are printable ASCII: it holds no escape and no DEL.

    >>> is_plain(b'{"model":"price"}'), is_plain(b'{"model":"a\\u0000"}')
    (True, False)
    """
    return value.isascii() and _BACKSLASH not in value and _DEL not in value


def is_shown(text: str) -> bool:
    r"""Whether a terminal shows all of a text instead of acting upon it.

    >>> is_shown("Preis für Öl"), is_shown("a\u202eb"), is_shown("a\n")
    (True, False, False)
    """
    return text.isprintable() or text.translate(_JOINERS).isprintable()


def shown(text: str) -> str:
    r"""The text in one spelling (NFC), and without what a terminal would act upon.

    >>> shown("a\x1b[2J")
    'a�[2J'
    """
    text = unicodedata.normalize("NFC", text)
    if is_shown(text):
        return text
    return "".join(sign if is_shown(sign) else _INSTEAD for sign in text)


class Spelling:
    """Settles the strings of one kind of event; it knows names by their type `Label`."""

    def __init__(self, kind: type[msgspec.Struct]) -> None:
        self._names: list[str] = []
        self._answers: list[str] = []
        self.maps: list[str] = []
        self._label_maps: list[str] = []
        # A field that is not there is as safe.
        self._safe: set[str | None] = {None}
        for field in inspect.type_info(kind).fields:  # type: ignore[attr-defined]  # a Struct's
            self._learn(field.name, _options(field.type))

    def _learn(self, name: str, options: Sequence[inspect.Type]) -> None:
        if any(map(_is_label, options)):
            self._names.append(name)
        elif {inspect.StrType, inspect.FloatType} <= set(map(type, options)):
            self._answers.append(name)
        for one in options:
            if isinstance(one, inspect.DictType) and _is_label(one.key_type):
                self.maps.append(name)
                if _is_label(one.value_type):
                    self._label_maps.append(name)

    def settle(self, event: Any) -> Any:
        """The event with every string in one spelling, or the `Reject` of a name that steers."""
        names: list[Any] = [getattr(event, field) for field in self._names]
        texts = [getattr(event, field) for field in self._answers]
        for field in self.maps:
            if held := getattr(event, field):
                names += held
                (names if field in self._label_maps else texts).extend(held.values())
        texts = [text for text in texts if type(text) is str]
        if self._safe.issuperset(names) and self._safe.issuperset(texts):
            return event
        features = event.features if "features" in self.maps else ()
        for name in names:
            if name not in self._safe:
                if not is_shown(name):
                    return Reject("label_chars", "a name with control characters")
                most = FEATURE_BYTES if name in features else MAX_BYTES
                if len(name.encode()) > most:
                    return Reject("label_len", f"a name of more than {most} bytes")
        return self._respell(event)

    def _respell(self, event: Any) -> Any:
        changed: dict[str, Any] = {}
        for field in (*self._names, *self._answers):
            text = getattr(event, field)
            if (put := self._shown(text)) != text:
                changed[field] = put
        for field in self.maps:
            if held := getattr(event, field):
                put = {self._shown(name): self._shown(value) for name, value in held.items()}
                if put != held:
                    changed[field] = put
        return msgspec.structs.replace(event, **changed) if changed else event

    def _shown(self, text: Any) -> Any:
        if type(text) is not str or text in self._safe:
            return text
        put = shown(text)
        if put == text and len(text) <= MAX_BYTES and len(self._safe) < _REMEMBERED:
            self._safe.add(text)
        return put


def _options(kind: inspect.Type) -> Sequence[inspect.Type]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _is_label(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.Metadata) and "label" in (kind.extra or {})
