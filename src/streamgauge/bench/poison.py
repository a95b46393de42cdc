"""Records that no monitor may count, and that may stop none: `bench ingest --poison`."""

from collections.abc import Callable

import msgspec

Body = dict[str, object]


def _with(**fields: object) -> Callable[[Body, bytes], bytes]:
    return lambda event, _: msgspec.json.encode(event | fields)


def _without(name: str) -> Callable[[Body, bytes], bytes]:
    return lambda event, _: msgspec.json.encode({k: v for k, v in event.items() if k != name})


# From a good event, as an object and as its bytes, to one that every program must refuse.
POISONS: tuple[Callable[[Body, bytes], bytes], ...] = (
    lambda _, body: body[: len(body) // 2],
    lambda _, body: body + b"}",
    lambda _, body: body.replace(b'"model":"', b'"model":"\xff\xfe'),
    lambda _event, _body: b"",
    lambda _event, _body: b"[" * 10_000,
    lambda _event, _body: b"null",
    lambda _event, _body: b"not json at all",
    _with(v=99),
    _with(ts="yesterday"),
    _with(ts=1_000_000_000_000),
    _with(ts=99_999_999_999_998),
    _with(latency_ms=-1.0),
    _with(latency_ms="fast"),
    _with(confidence=1.5),
    _with(status="perhaps"),
    _with(model=""),
    _with(model="m" * 1_000),
    _with(features=[1, 2, 3]),
    _with(features={"f0": {"deep": 1}}),
    _without("model"),
    _without("ts"),
    _without("id"),
)


def poisoned(number: int, body: bytes) -> bytes:
    """A good event's bytes, spoiled in the way that is next."""
    return POISONS[number % len(POISONS)](msgspec.json.decode(body), body)
