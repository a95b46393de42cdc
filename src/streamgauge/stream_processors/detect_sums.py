"""How the state log of `detect` adds up: the newest state of a series replaces the one before."""

from collections.abc import Iterator

import msgspec

from streamgauge.logs import log
from streamgauge.stream_processors.log_record import UnknownVersionError

VERSION = 1
_PART_BYTES = 3_000_000
# One record holds no more than one such state and a part.
_STATE_BYTES = 3_500_000

# The state of each series; a delta holds those that changed, empty bytes where one is forgotten.
States = dict[str, bytes]


class _Body(msgspec.Struct):
    v: int
    states: States


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Body)


class _Version(msgspec.Struct):
    v: int


_version = msgspec.msgpack.Decoder(_Version)


def encode(states: States) -> bytes:
    """States as the body of a delta."""
    return _encoder.encode(_Body(VERSION, states))


def decode(body: bytes) -> States:
    """Read a body; raises UnknownVersionError where it is of another version.

    >>> decode(encode({"a": b"1"}))
    {'a': b'1'}
    """
    if (version := _version.decode(body).v) != VERSION:
        raise UnknownVersionError(f"states of detectors of version {version}, this reads {VERSION}")
    return _decoder.decode(body).states


class DetectSums:
    """Replaces, where other stages add."""

    def empty(self) -> States:
        """Nothing yet."""
        return {}

    def add(self, sums: States, body: bytes) -> States:
        """The states with those of a delta."""
        replace(sums, decode(body))
        return sums

    def load(self, parts: list[bytes]) -> States:
        """What a base says."""
        return {key: state for part in parts for key, state in decode(part).items()}

    def dump(self, sums: States) -> list[bytes]:
        """All states, in parts of some 3 MB."""
        return [encode(part) for part in cut(sums)]


def cut(states: States) -> Iterator[States]:
    r"""States in parts of some 3 MB, those of a series in one part where they fit; at least one.

    So a series in a part is as it was at one moment, whatever becomes of the next part.

    >>> [sorted(part) for part in cut({"a": b"1", "a\x1fx": bytes(3_000_000), "b": b"1"})]
    [['a', 'a\x1fx'], ['b']]
    """
    part: States = {}
    size, series = 0, ""
    for key in sorted(states, key=_place):
        state = states[key]
        owner = _place(key)[0]
        full = size > _PART_BYTES if owner == series else size + len(state) > _PART_BYTES
        if part and full:
            yield part
            part, size = {}, 0
        part[key], series = state, owner
        size += len(state)
    yield part


def fitting(states: States) -> States:
    """The states that fit into a record; one that does not is forgotten, or nothing would go on."""
    large = {key: len(state) for key, state in states.items() if len(state) > _STATE_BYTES}
    for key, size in large.items():
        log.error("a state does not fit into the state log", state=key, bytes=size)
    return states | dict.fromkeys(large, b"") if large else states


def _place(key: str) -> tuple[str, str]:
    series, _, watcher = key.partition("\x1f")
    return series, watcher


def replace(sums: States, states: States) -> None:
    """Put changed states in place of those before.

    >>> held = {"a": b"1", "b": b"1"}
    >>> replace(held, {"a": b"2", "b": b""})
    >>> held
    {'a': b'2'}
    """
    for key, state in states.items():
        if state:
            sums[key] = state
        else:
            sums.pop(key, None)
