"""Reads strangers' records of one kind in one pass: events, and what is refused with its place."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import chain, compress
from operator import attrgetter, itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.event import Event
from streamgauge.contracts.label import FEATURE_BYTES, Spelling, is_plain
from streamgauge.contracts.refusal import UNKNOWN_FIELD, WIDE, explain, inspect_unread

T = TypeVar("T")

_SUM_MAY_MISS = 1e-3
_TOO_LONG = Reject("label_len", f"a name of more than {FEATURE_BYTES} bytes")
# Beside one name, no prediction is smaller than this.
_SMALLEST = 64
_TOO_WIDE = Reject("too_wide", f"more than {WIDE // 1024} KB")
# While most events have unknown fields, one in so many tells whether they still do.
_PROBE = 32


class Decoded(NamedTuple, Generic[T]):
    """A batch: the events in order, and the refused places, ascending, with their reasons.

    Events are of a subclass of their kind, and so not equal to one that was made elsewhere.
    `unknown` is how many events had fields that nobody knows; while most have, an estimate.
    """

    events: list[T]
    rejects: list[tuple[int, Reject]]
    unknown: int


@cache
def _strict(kind: Any) -> Any:
    return msgspec.defstruct(kind.__name__, [], bases=(kind,), forbid_unknown_fields=True)


class EventReader(Generic[T]):
    """Reads records of one kind.

    Its strict decoder refuses unknown fields, so that only events which have some are searched for
    what decoding passes over there. Once most have them, strictness would cost and tell nothing.
    """

    def __init__(self, kind: type[T]) -> None:
        self._loose = msgspec.json.Decoder(kind).decode
        self._strict = self._loose
        self._required: frozenset[str] = frozenset()
        self._spelling: Spelling | None = None
        self._probabilities: Callable[[Any], dict[str, float] | None] | None = None
        self._features: Callable[[Any], dict[str, Any]] | None = None
        self._mostly_unknown = False
        if isinstance(kind, type) and issubclass(kind, Event):
            fields = msgspec.structs.fields(kind)
            self._strict = msgspec.json.Decoder(_strict(kind)).decode
            self._required = frozenset(field.name for field in fields if field.required)
            self._spelling = Spelling(kind)
            if any(field.name == "probabilities" for field in fields):
                self._probabilities = attrgetter("probabilities")
            if "features" in self._spelling.maps:
                self._features = attrgetter("features")

    def read(self, values: Sequence[bytes | None]) -> Decoded[T]:
        """Read a batch; one without a bad record, nearly every one, is a loop in C."""
        loosely = self._mostly_unknown
        events, rejects, unknown = self._decode(values)
        if self._spelling is None:
            return Decoded(events, rejects, unknown)
        kept = list(values)
        for place, _ in reversed(rejects):
            del kept[place]
        if refused := self._settle(kept, events, search=loosely):  # type: ignore[arg-type]  # None is refused above
            fine = [True] * len(values)
            for place, _ in rejects:
                fine[place] = False
            places = list(compress(range(len(values)), fine))
            for index in sorted(refused, reverse=True):
                rejects.append((places[index], refused[index]))
                del events[index]
            rejects.sort(key=itemgetter(0))
        return Decoded(events, rejects, unknown)

    def one(self, value: bytes | None) -> T | Reject:
        """Read one record, by the same rules."""
        read = self._look(value)
        if isinstance(read, Reject) or value is None or self._spelling is None:
            return read
        events = [read]
        refused = self._settle([value], events, search=False)
        return refused[0] if refused else events[0]

    def _decode(
        self, values: Sequence[bytes | None]
    ) -> tuple[list[T], list[tuple[int, Reject]], int]:
        events: list[T] = []
        rejects: list[tuple[int, Reject]] = []
        unknown = 0
        decode = self._loose if self._mostly_unknown else self._strict
        left = iter(values)
        while True:
            try:
                # Keeps what it has got to when a record raises, and goes on after that one.
                events.extend(map(decode, left))  # type: ignore[arg-type]  # None raises
                break
            except Exception as error:
                place = len(events) + len(rejects)
                read = self._reconsider(values[place], error)
            if isinstance(read, Reject):
                rejects.append((place, read))
            else:
                events.append(read)
                unknown += 1
        if self._mostly_unknown:
            probes = values[::_PROBE]
            share = sum(map(self._has_unknown, probes)) / max(1, len(probes))
            unknown = round(share * len(events))
        self._mostly_unknown = 2 * unknown > len(values)
        return events, rejects, unknown

    def _reconsider(self, value: bytes | None, error: Exception) -> T | Reject:
        if value and len(value) <= WIDE and not str(error).startswith(UNKNOWN_FIELD):
            return explain(error, value, self._required)
        return self._look(value)

    def _has_unknown(self, value: bytes | None) -> bool:
        try:
            self._strict(value or b"")
        except Exception as error:
            return str(error).startswith(UNKNOWN_FIELD)
        return False

    def _look(self, value: bytes | None) -> T | Reject:
        """Decode without strictness, and search for what that passes over."""
        if value is None:
            return Reject("tombstone", "no value")
        if not value:
            return Reject("empty", "no bytes")
        stranger = self._spelling is not None
        if stranger and len(value) > WIDE:
            return _TOO_WIDE
        try:
            event = self._loose(value)
        except Exception as error:
            return explain(error, value, self._required)
        return (inspect_unread(value) if stranger else None) or event

    def _settle(self, values: list[bytes], events: list[T], *, search: bool) -> dict[int, Reject]:
        """Put names into one spelling, in place; which events are refused for what they say.

        `search` for what a loose decoder passed over.
        """
        refused: dict[int, Reject] = {}
        widest = max(map(len, values), default=0)
        if widest > WIDE:
            for index, value in enumerate(values):
                if len(value) > WIDE:
                    refused[index] = _TOO_WIDE
                    values[index] = b""
        if search:
            found = enumerate(map(inspect_unread, values))
            refused |= {index: reject for index, reject in found if reject}
        if not is_plain(b"".join(values)):
            self._spell(values, events, refused)
        if self._features and widest > FEATURE_BYTES + _SMALLEST:
            refused |= dict.fromkeys(_long(list(map(self._features, events))), _TOO_LONG)
        if self._probabilities and any(map(self._probabilities, events)):
            for index, shares in enumerate(map(self._probabilities, events)):
                if shares and abs(sum(shares.values()) - 1.0) > _SUM_MAY_MISS:
                    refused.setdefault(index, Reject("range", "probabilities do not sum to 1"))
        return refused

    def _spell(self, values: list[bytes], events: list[T], refused: dict[int, Reject]) -> None:
        assert self._spelling is not None
        for index, value in enumerate(values):
            if not is_plain(value) and index not in refused:
                settled = self._spelling.settle(events[index])
                if isinstance(settled, Reject):
                    refused[index] = settled
                else:
                    events[index] = settled


def _long(maps: list[dict[str, Any]]) -> list[int]:
    """The places of maps with a key that is too long."""
    if _longest(maps) <= FEATURE_BYTES:
        return []
    return [place for place, one in enumerate(maps) if _longest([one]) > FEATURE_BYTES]


def _longest(maps: list[dict[str, Any]]) -> int:
    """How long the longest key is; maps of the same keys, nearly all, cost a comparison."""
    names = list(chain.from_iterable(maps))
    if not names:
        return 0
    first = list(maps[0])
    return max(map(len, first if names == first * len(maps) else set(names)))
