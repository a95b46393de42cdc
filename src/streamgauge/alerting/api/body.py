"""The body of a request as a value, or what is wrong with it in Alertmanager's words."""

from typing import TypeVar

import msgspec
from aiohttp import web

from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.contracts.codec import UNREADABLE

T = TypeVar("T")
MOST_BYTES = 1_048_576
# go-openapi's code of a field that is missing or is not what it should be.
_INVALID = 602


async def read(request: web.Request, kind: type[T]) -> T:
    """The body; RefusedError is a 422 that names the field, or a 400 if it is no JSON."""
    return decode(await request.read(), kind)


def decode(raw: bytes, kind: type[T]) -> T:
    """The value in bytes.

    >>> decode(b"[1]", list[int])
    [1]
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$").lstrip(".") or "body"
        raise RefusedError(422, f"{where} in body: {said}", _INVALID) from None
    except UNREADABLE as error:
        raise RefusedError(400, f"parsing the body failed: {error}", 400) from None
