"""How the state log of `detect` adds up: the newest state of a series replaces the one before."""

import msgspec

from streamgauge.stream_processors.log_record import UnknownVersionError

VERSION = 1
_PART_BYTES = 3_000_000

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
        parts: list[States] = [{}]
        size = 0
        for key, state in sorted(sums.items()):
            if size > _PART_BYTES:
                parts.append({})
                size = 0
            parts[-1][key] = state
            size += len(state)
        return [encode(part) for part in parts]


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
