"""Inflates record batches within a bound: 1 MB on the wire can be gigabytes of zeros.

aiokafka's record readers call functions of `aiokafka.codec` by names of their own modules, and
these names are what is replaced here. test_inflate.py holds it.
"""

import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

from streamgauge.settings import InputError

MOST = 64 * 1024 * 1024
# A buffer that grew beyond this is given back to the system.
_KEPT = 8 * 1024 * 1024
CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_READERS = (
    "aiokafka.record._crecords.default_records",
    "aiokafka.record._crecords.legacy_records",
    "aiokafka.record.default_records",
    "aiokafka.record.legacy_records",
)
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER = 16


class _Space(threading.local):
    """Where this thread inflates into; `size` is that of the newest batch."""

    def __init__(self) -> None:
        self.size = 0
        # The system gives pages when they are written to, so the bound costs nothing by itself.
        self.buffer = bytearray(MOST)


_space = _Space()
_decoders: dict[int, Callable[[Any], bytes]] = {}


def inflated_size() -> int:
    """The bytes that were inflated in this thread since it was asked last."""
    size, _space.size = _space.size, 0
    return size


def inflate(codec: int, payload: bytes) -> bytes:
    """The records of a batch; `CorruptRecordException` where they cannot be had within `MOST`."""
    if codec not in _decoders:
        raise CorruptRecordException(f"no codec has number {codec}")
    inflated = _decoders[codec](payload)
    inflated_size()
    return inflated


def bound() -> None:
    """Bound every codec in this process; `InputError` for one that this installation cannot read.

    >>> bound()
    """
    try:
        import cramjam
    except ModuleNotFoundError:
        raise InputError(
            "the library cramjam is missing, without which batches compressed with snappy, lz4 or "
            "zstd cannot be read: pip install 'streamgauge[stream]'"
        ) from None
    decoders: dict[str, Callable[[Any], bytes]] = {
        "gzip_decode": _within(cramjam.gzip.decompress_into),
        "snappy_decode": _snappy(_within(cramjam.snappy.decompress_raw_into)),
        "lz4_decode": _within(cramjam.lz4.decompress_into),
        "zstd_decode": _within(cramjam.zstd.decompress_into),
    }
    _decoders.update(
        (CODECS[name.removesuffix("_decode")], call) for name, call in decoders.items()
    )
    for place in _READERS:
        reader = import_module(place)
        for name in decoders.keys() & vars(reader).keys():
            setattr(reader, name, decoders[name])
    for codec in CODECS:
        _check(codec)


def _within(inflate_into: Callable[[Any, Any], int]) -> Callable[[Any], bytes]:
    def inflate(payload: Any) -> bytes:
        try:
            size = inflate_into(payload, _space.buffer)
        except Exception as error:
            _space.buffer = bytearray(MOST)
            # Not the error's text: it may say what was in there.
            raise CorruptRecordException(
                f"cannot be inflated within {MOST >> 20} MB ({type(error).__name__})"
            ) from None
        _space.size += size
        with memoryview(_space.buffer) as view:
            inflated = bytes(view[:size])
        if size > _KEPT:
            _space.buffer = bytearray(MOST)
        return inflated

    return inflate


def _snappy(inflate: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """Snappy comes bare, or in blocks with their lengths as the Java library writes it."""

    def decode(payload: Any) -> bytes:
        body = memoryview(payload)
        if bytes(body[: len(_XERIAL)]) != _XERIAL:
            return inflate(body)
        blocks: list[bytes] = []
        total, at = 0, _XERIAL_HEADER
        while at < len(body):
            size = int.from_bytes(body[at : at + 4], "big")
            blocks.append(inflate(body[at + 4 : at + 4 + size]))
            total += len(blocks[-1])
            at += 4 + size
            if total > MOST:
                raise CorruptRecordException(f"cannot be inflated within {MOST >> 20} MB")
        return b"".join(blocks)

    return decode


def _check(codec: str) -> None:
    """Write and read a batch, as a start-up test of everything on its way."""
    value = b"streamgauge " * 100
    try:
        builder = DefaultRecordBatchBuilder(2, CODECS[codec], 0, -1, -1, -1, 1 << 16)
        builder.append(0, 0, None, value, [])
        (record,) = MemoryRecords(bytes(builder.build())).next_batch()
        failure = None if record.value == value else "it comes back as something else"
    except Exception as error:
        failure = repr(error)
    if failure:
        raise InputError(
            f"record batches compressed with {codec} cannot be read here: {failure}; is cramjam "
            "whole? pip install --force-reinstall cramjam"
        )
