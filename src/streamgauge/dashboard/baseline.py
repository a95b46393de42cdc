"""`POST /api/ml/baseline`: a period of the stream becomes what a version is compared with."""

import asyncio
import time

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response

from streamgauge.baseline.description import brief
from streamgauge.baseline.live import pin_period
from streamgauge.baseline.period import period
from streamgauge.contracts.event import Label
from streamgauge.contracts.reference import Reference
from streamgauge.dashboard.answer import answer
from streamgauge.dashboard.change import RefusedError, admit, decode, read_body
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Settings, UnavailableError

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_PATIENCE_S = 5.0


class Asked(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The body of a request; times are ISO 8601 or milliseconds since 1970."""

    model: Label
    version: Label
    begin: str | int | None = msgspec.field(default=None, name="from")
    to: str | int | None = None
    last: str | None = None


class Baseline:
    """Does what `streamgauge baseline pin` does, for who has the operator's token."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._token = settings.dashboard.secret()
        # A period of days is a lot to read: one at a time.
        self._turn = asyncio.Lock()

    async def post(self, request: Request) -> Response:
        """201 with the reference's hash and rows; 4xx or 503 with what is wrong."""
        now = time.time_ns() // 1_000_000
        try:
            admit(request, self._token)
            asked = decode(await read_body(request), Asked)
            async with self._turn:
                made = await asyncio.to_thread(self._pin, asked, now)
        except RefusedError as error:
            return error.answer()
        except InputError as error:
            field, _, said = str(error).partition(": ")
            known = field in {"from", "to", "last"}
            told = {"error": said if known else str(error), "field": field if known else ""}
            return answer(told, 422)
        except UnavailableError as error:
            return answer({"error": str(error), "field": ""}, 503)
        _log.info("baseline pinned", model=made.model, version=made.version, hash=made.hash)
        return answer(brief(made, now), 201)

    def _pin(self, asked: Asked, now: int) -> Reference:
        begin, end = (None if one is None else str(one) for one in (asked.begin, asked.to))
        chosen = period(begin, end, asked.last, now)
        wait_for_kafka(msgspec.structs.replace(self._settings.kafka, start_timeout=_PATIENCE_S))
        return pin_period(self._settings, asked.model, asked.version, chosen, now=now)
