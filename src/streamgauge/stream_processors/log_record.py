"""The records of a state log whose order alone decides what counts: claims, deltas, bases.

Not yet written by a stage: `state_log.py` still writes whole windows (decision 2). The protocol is
proven first, by simulation, in tests/stream_processors/test_log_owner.py.
"""

import msgspec

VERSION = 1


class LogRecord(msgspec.Struct, tag_field="t", kw_only=True, frozen=True, gc=False):
    """The base of all records; a reader that does not know `v` stops and never guesses."""

    v: int = VERSION


class Claim(LogRecord, tag="claim", frozen=True):
    """From here on the partition is `owner`'s: the claim's own offset is its fencing token."""

    owner: str


class Delta(LogRecord, tag="delta", frozen=True):
    """What the source events from `begin` up to, not including, `end` add.

    `epoch` is the offset of the writer's claim. `base` is the offset of the newest base that the
    writer has seen counted, where a restore may start; -1 without one.
    """

    epoch: int
    begin: int
    end: int
    watermark: int
    base: int
    body: bytes


class Base(LogRecord, tag="base", frozen=True):
    """All sums up to, not including, `end`, cut into `parts` records that follow each other."""

    epoch: int
    end: int
    watermark: int
    part: int
    parts: int
    body: bytes


AnyLogRecord = Claim | Delta | Base
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyLogRecord] = msgspec.msgpack.Decoder(AnyLogRecord)


def encode(record: AnyLogRecord) -> bytes:
    """A record as MessagePack.

    >>> decode(encode(Claim(owner="a"))) == Claim(owner="a")
    True
    """
    return _encoder.encode(record)


def decode(value: bytes) -> AnyLogRecord:
    """Read a record."""
    return _decoder.decode(value)
