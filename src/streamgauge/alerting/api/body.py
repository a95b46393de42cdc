"""The body of a request as a value, or what is wrong with it in Alertmanager's words."""

import re
from typing import TypeVar

import msgspec
from aiohttp import web

from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.contracts.codec import UNREADABLE

T = TypeVar("T")
MOST_BYTES = 1_048_576
# go-openapi's codes of a field that is missing, and of one that is not what it should be.
_MISSING, _WRONG = 602, 601
_FIELD = re.compile(r"missing required field `(\w+)`")


async def read(request: web.Request, kind: type[T]) -> T:
    """The body; RefusedError is a 422 that names the field, or a 400 if it is no JSON."""
    return decode(await request.read(), kind)


def decode(raw: bytes, kind: type[T]) -> T:
    """The value in bytes.

    >>> decode(b'["a"]', list[int])
    Traceback (most recent call last):
    streamgauge.alerting.api.refusal.RefusedError: 0 in body: Expected `int`, got `str`
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at ")
        steps = re.findall(r"\w+|\.{3}", place)
        if missing := _FIELD.search(said):
            name = ".".join([*steps, missing[1]])
            raise RefusedError(422, f"{name} in body is required", _MISSING) from None
        name = ".".join(steps) or "value"
        raise RefusedError(422, f"{name} in body: {said}", _WRONG) from None
    except UNREADABLE as error:
        raise RefusedError(400, f"parsing the body failed: {error}", 400) from None
