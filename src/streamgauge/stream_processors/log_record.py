"""The records of a state log, whose order alone decides what counts."""

import struct
from typing import Literal
from zlib import crc32

import msgspec

from streamgauge.contracts import codec

VERSION = 1
# What this version can read. A version that changes the records lists both for one release, and
# goes on writing the older one until no worker is left that cannot read the newer.
KNOWN = frozenset({1})

Cause = Literal["start", "data_loss", "state_lost"]


class LogRecord(msgspec.Struct, tag_field="t", kw_only=True, frozen=True, gc=False):
    """The base of all records; a reader that does not know `v` stops and never guesses."""

    v: int = VERSION


class Claim(LogRecord, tag="claim", frozen=True):
    """From here on the partition is `owner`'s: the claim's own offset is its fencing token.

    `topic_id` is Kafka's id of the source topic, "" where the broker has none: a topic that was
    deleted and made again has another one, and its offsets mean something else.
    """

    owner: str
    topic_id: str = ""


class Delta(LogRecord, tag="delta", frozen=True):
    """What the source events from `begin` up to, not including, `end` add.

    `epoch` is the offset of the writer's claim. `base` is the offset of the newest base that the
    writer has seen counted, where a restore may start; -1 without one. `crc` covers all of it.
    """

    epoch: int
    begin: int
    end: int
    watermark: int
    base: int
    body: bytes
    crc: int = 0


class Base(LogRecord, tag="base", frozen=True):
    """All sums up to, not including, `end`, cut into `parts` records that follow each other."""

    epoch: int
    end: int
    watermark: int
    part: int
    parts: int
    body: bytes
    topic_id: str = ""
    crc: int = 0


class Skip(LogRecord, tag="skip", frozen=True):
    """The source events from `begin` up to `end` were gone before anybody counted them.

    `cause` says why: at a stage's first `start` on an old topic that is as it should be; with
    `data_loss` the source's retention was faster; with `state_lost` the sums are gone, and all that
    the source still has is counted again from `end` on.
    """

    epoch: int
    begin: int
    end: int
    cause: Cause


class UnknownVersionError(Exception):
    """A record was written by another version: to guess would corrupt the figures."""


class BrokenRecordError(Exception):
    """A record of ours has other bytes than were written."""


class _Head(msgspec.Struct, gc=False):
    t: str
    v: int


class _Former(msgspec.Struct, gc=False):
    """What the records of decision 2 had; they had no tag."""

    v: int
    partition: int
    next: int


AnyLogRecord = Claim | Delta | Base | Skip
_encoder = msgspec.msgpack.Encoder()
_head: msgspec.msgpack.Decoder[_Head] = msgspec.msgpack.Decoder(_Head)
_former: msgspec.msgpack.Decoder[_Former] = msgspec.msgpack.Decoder(_Former)
_decoder: msgspec.msgpack.Decoder[AnyLogRecord] = msgspec.msgpack.Decoder(AnyLogRecord)


def encode(record: AnyLogRecord) -> bytes:
    """A record as MessagePack, with its checksum.

    >>> decode(encode(Claim(owner="a"))) == Claim(owner="a")
    True
    """
    if isinstance(record, Delta | Base):
        record = msgspec.structs.replace(record, crc=_checksum(record))
    return _encoder.encode(record)


def decode(value: bytes | None) -> AnyLogRecord | None:
    """Read a record; None for bytes that are none of ours.

    Raises `UnknownVersionError` and `BrokenRecordError`: who meets one of these must stop.

    >>> decode(b"hello") is None
    True
    """
    try:
        head = _head.decode(value or b"")
    except codec.UNREADABLE:
        _refuse_former(value or b"")
        return None
    if head.v not in KNOWN:
        raise UnknownVersionError(f"state log record of version {head.v}, this reads {VERSION}")
    try:
        record = _decoder.decode(value or b"")
    except codec.UNREADABLE:
        return None
    if isinstance(record, Delta | Base) and record.crc != _checksum(record):
        raise BrokenRecordError(f"checksum of a {type(record).__name__.lower()} does not match")
    return record


def _refuse_former(value: bytes) -> None:
    try:
        _former.decode(value)
    except codec.UNREADABLE:
        return
    raise UnknownVersionError("a record of the first format, before claims and deltas")


def _checksum(record: Delta | Base) -> int:
    if isinstance(record, Delta):
        place = (record.epoch, record.begin, record.end, record.watermark, record.base)
    else:
        place = (record.epoch, record.end, record.watermark, record.part, record.parts)
    try:
        return crc32(record.body, crc32(struct.pack("<5q", *place)))
    except struct.error:
        # No number of ours is that large.
        return -1
