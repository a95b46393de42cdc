"""The inference service without its HTTP: a question in, answers out, one event a prediction."""

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import structlog

from streamgauge.contracts.event import Event
from streamgauge.contracts.prediction import ErrorClass
from streamgauge.contracts.receipt import Receipts
from streamgauge.models import answer as answers
from streamgauge.models.answer import Answer, Timing
from streamgauge.models.assignment import Assignment
from streamgauge.models.fault import NONE, Fault, strikes
from streamgauge.models.feature import FieldError, check
from streamgauge.models.inference import Batch, Call, infer
from streamgauge.models.question import Question, RefusalError, Row
from streamgauge.models.shelf import NO_VERSION, Shelf

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Service:
    """Answers questions with the models of a shelf. Kafka and Redis are never waited for.

    `emit` publishes an event and never blocks; `hide` turns a unit's name into its pseudonym.
    """

    def __init__(
        self,
        shelf: Shelf,
        assignment: Assignment,
        emit: Callable[[Event], bool],
        *,
        receipts: Receipts | None = None,
        hide: Callable[[str], str] | None = None,
    ) -> None:
        self.shelf = shelf
        self.assignment = assignment
        self.in_flight = 0
        self._emit = emit
        self._receipts = receipts
        self._hide = hide
        self._down_until = 0.0
        self._threads = os.cpu_count() or 1
        self._handed = 0
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="inference")

    @property
    def down(self) -> bool:
        """Whether a drill has this service play dead."""
        return time.monotonic() < self._down_until

    @property
    def queue_depth(self) -> int:
        """How many requests wait for a thread."""
        return max(0, self._handed - self._threads)

    @property
    def healthy(self) -> bool:
        """Whether it can answer at all."""
        return bool(self.shelf.versions) and not self.down

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    async def ask(
        self, model: str, question: Question, began: float, fault: Fault = NONE
    ) -> list[Answer]:
        """Predict all rows; a `RefusalError` says why not. `began` is a perf_counter."""
        if fault.down:
            self._down_until = time.monotonic() + fault.down
            log.warning("a drill takes this service down", seconds=fault.down)
        if self.down:
            raise RefusalError(503, "down", "down for a drill")
        ts = time.time_ns() // 1_000_000
        calls = [self._call(model, question, at, row) for at, row in enumerate(question.rows)]
        if fault.error and strikes(fault.error, calls[0].id):
            self._failed(calls, ts, began, "5xx", "fault")
            raise RefusalError(500, "fault", "a drill fails this request")
        batch, inference, queued = await self._infer(calls, ts, began, fault)
        said = []
        for call, result in zip(calls, batch.results, strict=True):
            receipt = None
            if self._receipts:
                receipt = self._receipts.issue(
                    answers.claims(call, result, ts, self._pseudonym(call.row))
                )
            said.append(answers.answer(call, result, receipt, inference))
        timing = Timing(
            ts=ts, inference=inference, queue=queued, api=_since(began), rows=len(calls)
        )
        for call, result in zip(calls, batch.results, strict=True):
            self._emit(answers.event(call, result, timing))
        return said

    def refuse(self, model: str, refusal: RefusalError, began: float) -> None:
        """Publish that a known model was asked wrongly, or could not be asked."""
        # A drill's outage is silent, as a real one would be; what failed row by row has been told.
        told = refusal.reason in {"fault", "prediction_failed", "down"}
        if told or not self.shelf.knows(model):
            return
        timing = Timing(ts=time.time_ns() // 1_000_000, api=_since(began), rows=1)
        version = self.shelf.champions[model]
        error: ErrorClass = "4xx" if refusal.status < 500 else "5xx"
        self._emit(
            answers.refused(uuid4().hex, model, version, timing, error=error, reason=refusal.reason)
        )

    def _call(self, model: str, question: Question, at: int, row: Row) -> Call:
        event_id = uuid4().hex
        choice = self.assignment.choose(model, row.user or row.session or event_id)
        served = self.shelf.pick(model, choice.version) if choice else None
        fallback = None
        if served is None:
            # An arm that cannot answer is no part of the experiment: the champion answers outside.
            fallback = "arm_not_loaded" if choice else None
            choice, served = None, self.shelf.pick(model, None)
        if served is None:
            version = self.shelf.champions.get(model, NO_VERSION)
            raise RefusalError(503, "model_not_loaded", f"{model}@{version} is not loaded", "model")
        try:
            features = check(row.features, served.card.features)
        except FieldError as error:
            place = question.place(at, f"features.{error.field}")
            raise RefusalError(422, "invalid_features", error.expected, place) from None
        return Call(event_id, row, served, choice, fallback or served.fallback, features)

    async def _infer(
        self, calls: list[Call], ts: int, began: float, fault: Fault
    ) -> tuple[Batch, float, float]:
        """The batch, its inference time and its wait for a thread, both in milliseconds."""
        handed = time.perf_counter()
        self._handed += 1
        try:
            batch = await asyncio.get_running_loop().run_in_executor(self._pool, infer, calls)
        except Exception as error:
            log.exception("prediction failed", model=calls[0].served.card.name)
            self._failed(calls, ts, began, "prediction", type(error).__name__)
            raise RefusalError(500, "prediction_failed", "the model could not answer") from None
        finally:
            self._handed -= 1
        if fault.latency:
            await asyncio.sleep(fault.latency / 1000)
        inference = (batch.ended - batch.started) * 1000 + fault.latency
        return batch, inference, max(0.0, batch.started - handed) * 1000

    def _failed(
        self, calls: list[Call], ts: int, began: float, error: ErrorClass, reason: str
    ) -> None:
        timing = Timing(ts=ts, api=_since(began), rows=len(calls))
        for call in calls:
            self._emit(answers.event(call, None, timing, error=error, reason=reason))

    def _pseudonym(self, row: Row) -> str | None:
        unit = row.user or row.session
        return self._hide(unit) if unit and self._hide else None


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000
