"""Recorded rows put to a served model over HTTP."""

import logging
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
import msgspec

from streamgauge.producers.client import Client
from streamgauge.producers.recording import Case, outcome
from streamgauge.producers.tally import Tally
from streamgauge.producers.writer import Headers
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)
TIMEOUT = aiohttp.ClientTimeout(total=30)


class Questioner:
    """Asks for a prediction of each row, and sends its truth with the receipt of the answer.

    A service of streamgauge publishes its own predictions, at its own time. For any other, whose
    answer has a `prediction` but no `id`, the prediction is published here.
    """

    def __init__(self, url: str, client: Client, tally: Tally) -> None:
        self._url = url
        self._client = client
        self._tally = tally
        self._answers: dict[str, dict[str, Any]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._session
        await self._session.close()

    async def step(
        self,
        what: Literal["predict", "label"],
        case: Case,
        label_delay: float,
        extra: Headers | None,
    ) -> None:
        """Ask, or tell the truth about what was answered."""
        if what == "predict":
            await self._predict(case, extra)
        elif (answer := self._answers.pop(case.event.id, None)) is not None:
            told = msgspec.structs.replace(
                outcome(case, label_delay),
                prediction_id=answer.get("id", case.event.id),
                receipt=answer.get("receipt"),
            )
            self._tally.outcomes += self._client.emit(told, extra=extra)

    async def _predict(self, case: Case, extra: Headers | None) -> None:
        assert self._session
        self._tally.predictions += 1
        body = {"features": case.event.features, "dimensions": case.event.dimensions}
        try:
            async with self._session.post(self._url, json=body) as response:
                if response.status in {404, 405, 422}:
                    # The rows do not fit the model: the others will not either.
                    text = await response.text()
                    raise InputError(f"{self._url}: answered {response.status}: {text[:500]}")
                if response.status >= 400:
                    self._tally.errors += 1
                    return
                answer = dict(await response.json())
        except aiohttp.InvalidURL:
            raise InputError(f"--ask {self._url}: expected a URL") from None
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._tally.unanswered += 1
            if self._tally.unanswered == 1:
                _log.warning("no answer from %s: %r; the others are counted", self._url, error)
            return
        if case.truth is not None:
            self._answers[case.event.id] = answer
        if "id" not in answer:
            event = msgspec.structs.replace(case.event, prediction=answer.get("prediction"))
            self._client.emit(event, extra=extra)
