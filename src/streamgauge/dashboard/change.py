"""A request that changes something: who may make it, its bounded body, and why it is not done."""

from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from streamgauge.contracts.codec import UNREADABLE
from streamgauge.dashboard.answer import answer
from streamgauge.dashboard.guard import is_operator

T = TypeVar("T")
_MOST_BYTES = 10_000


class RefusedError(Exception):
    """A request that is not done; `field` names what in it was wrong."""

    def __init__(
        self, status: int, said: str, field: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(said)
        self.status, self.field, self.headers = status, field, headers or {}

    def answer(self) -> Response:
        """What its sender gets."""
        return answer({"error": str(self), "field": self.field}, self.status, self.headers)


def admit(request: Request, token: str | None) -> None:
    """Only who carries the operator's token; without one set, nobody."""
    if not token:
        raise RefusedError(403, "set dashboard.token: it guards all that changes something")
    if not is_operator(request.scope, token):
        expected = "expected the operator's token: Authorization: Bearer TOKEN"
        raise RefusedError(401, expected, headers={"www-authenticate": "Bearer"})


async def read_body(request: Request) -> bytes:
    """The whole body; 413 if it is large."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MOST_BYTES:
            raise RefusedError(413, f"expected at most {_MOST_BYTES} bytes")
    return bytes(raw)


def decode(raw: bytes, kind: type[T]) -> T:
    """The value in a body, or a `RefusedError` that names the field.

    >>> decode(b"[1]", list[int])
    [1]
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except UNREADABLE as error:
        said, _, place = str(error).partition(" - at `$.")
        raise RefusedError(422, said, place.rstrip("`")) from None
