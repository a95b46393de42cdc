"""A scenario's traffic over HTTP: asks the inference service, then reports what really happened."""

import asyncio
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

import aiohttp

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.producers.arrival import Arrival, arrivals, drifted, rating
from streamgauge.producers.client import Client
from streamgauge.producers.fault import Conditions, Drift
from streamgauge.producers.pace import pace
from streamgauge.producers.scenario import Scenario
from streamgauge.producers.tally import Tally
from streamgauge.settings import InputError, UnavailableError

_log = logging.getLogger(__name__)

FAULT = "x-streamgauge-fault"
AT_ONCE = 64
# Requests under way or waiting: beyond this the service cannot keep up, and asking on helps nobody.
WAITING = 512
TIMEOUT = aiohttp.ClientTimeout(total=30)
Row = Mapping[str, Any]


async def ask_service(
    scenario: Scenario,
    *,
    url: str,
    rows: Sequence[Row],
    client: Client,
    seed: int,
    stop: asyncio.Event,
    tally: Tally,
    patience: float = 60.0,
) -> None:
    """Run the scenario against the service at `url`; truths and ratings leave by `client`."""
    async with aiohttp.ClientSession(url, timeout=TIMEOUT) as session:
        features = await columns(session, patience)
        check(scenario, features, rows[0])
        run = _Run(session, features, client, tally)
        random = Random(seed)  # noqa: S311  # a simulation wants repeatable numbers, not secret ones
        tasks: set[asyncio.Task[None]] = set()
        async for arrival, row in pace(_requests(scenario, rows, random), stop):
            if arrival.conditions.outage:
                continue
            if run.waiting >= WAITING:
                tally.skipped += 1
                continue
            task = asyncio.create_task(run.one(arrival, row))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await _finish(tasks, stop)


def _requests(
    scenario: Scenario, rows: Sequence[Row], random: Random
) -> Iterator[tuple[float, tuple[Arrival, Row]]]:
    # A generator of its own for the rows: the same people come whatever the file holds.
    choice = Random(random.random())  # noqa: S311  # see above
    for arrival in arrivals(scenario, random):
        yield arrival.at, (arrival, choice.choice(rows))


async def _finish(tasks: set[asyncio.Task[None]], stop: asyncio.Event) -> None:
    """Wait for answers and truths that are still to come, unless told to stop."""
    stopped = asyncio.create_task(stop.wait())
    while tasks and not stop.is_set():
        await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    for task in tasks:
        task.cancel()
    await asyncio.gather(stopped, *tasks, return_exceptions=True)


class _Run:
    """The requests of one run."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        features: Mapping[str, Sequence[str]],
        client: Client,
        tally: Tally,
    ) -> None:
        self._session = session
        self._features = features
        self._client = client
        self._tally = tally
        self._room = asyncio.Semaphore(AT_ONCE)
        self._down_until = 0.0
        self.waiting = 0

    async def one(self, arrival: Arrival, row: Row) -> None:
        """Ask; if an answer comes, report its truth and what the user thought of it."""
        model = arrival.model
        given = {name: row.get(name) for name in self._features[model.name]}
        body: dict[str, Any] = {
            "features": drifted(given, arrival.conditions.drifts),
            "user": arrival.user,
            "session": arrival.session,
        }
        body["dimensions"] = {
            name: str(row[name]) for name in ("segment", "region") if row.get(name)
        }
        answer = await self._ask(f"/predict/{model.name}", body, self._fault(arrival))
        if answer is None or model.truth is None:
            return
        truth = row.get(model.truth)
        if truth is None:
            return
        if arrival.rated:
            self._rate(arrival, answer, truth)
        if arrival.label_after is not None:
            await asyncio.sleep(arrival.label_after)
            self._tell(model.name, answer, truth)

    async def _ask(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str]
    ) -> dict[str, Any] | None:
        self.waiting += 1
        self._tally.predictions += 1
        try:
            async with (
                self._room,
                self._session.post(path, json=body, headers=headers) as response,
            ):
                if response.status < 400:
                    return dict(await response.json())
                self._tally.errors += 1
                if response.status < 500:
                    _log.warning("%s answered %d: %s", path, response.status, await response.text())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._tally.unanswered += 1
            if self._tally.unanswered == 1:
                _log.warning("no answer from %s: %r; the others are counted", path, error)
        finally:
            self.waiting -= 1
        return None

    def _fault(self, arrival: Arrival) -> dict[str, str]:
        """The header that asks the service to suffer; it is told only once to be down."""
        now = arrival.conditions
        told = fault_header(now)
        if now.down or now.unhealthy:
            until = arrival.at + now.down_for
            if until <= self._down_until:
                return {}
            self._down_until = until
        return {FAULT: told} if told else {}

    def _tell(self, model: str, answer: Mapping[str, Any], truth: float | str) -> None:
        event = Outcome(
            id=f"o-{answer['id']}",
            ts=time.time_ns() // 1_000_000,
            prediction_id=answer["id"],
            truth=truth,
            model=model,
            receipt=answer.get("receipt"),
        )
        self._tally.outcomes += self._client.emit(event)

    def _rate(self, arrival: Arrival, answer: Mapping[str, Any], truth: object) -> None:
        predicted = answer.get("prediction")
        if not isinstance(predicted, int | float) or not isinstance(truth, int | float):
            return
        event = Feedback(
            id=f"f-{answer['id']}",
            ts=time.time_ns() // 1_000_000,
            session=arrival.session,
            user=arrival.user,
            kind="post_scan_satisfaction",
            rating=rating(predicted, truth),
            prediction_id=answer["id"],
            model=arrival.model.name,
            receipt=answer.get("receipt"),
        )
        self._tally.feedback += self._client.emit(event)


def fault_header(now: Conditions) -> str:
    """The conditions in the words of the service's fault header.

    >>> fault_header(Conditions(latency_ms=250.0, errors=0.25))
    'latency=250,error=0.25'
    """
    parts = []
    if now.latency_ms:
        parts.append(f"latency={now.latency_ms:g}")
    if now.errors:
        parts.append(f"error={now.errors:g}")
    if now.down or now.unhealthy:
        # An hour stands for ever: the service must come back although nobody asks it to.
        parts.append(f"down={min(now.down_for, 3_600.0):g}")
    return ",".join(parts)


async def columns(session: aiohttp.ClientSession, patience: float) -> dict[str, list[str]]:
    """Which features each served model takes, from its card; waits for the service to answer."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    said = False
    while True:
        try:
            async with session.get("/models") as response:
                if response.status == 200:
                    return _columns(await response.json())
                reason = f"it answers {response.status}"
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = str(error) or type(error).__name__
        if loop.time() - start >= patience:
            raise UnavailableError(f"inference service: {reason}; waited {patience:.0f} s")
        if not said:
            _log.warning("waiting for the inference service: %s", reason)
            said = True
        await asyncio.sleep(0.2)


def _columns(answer: Any) -> dict[str, list[str]]:
    cards = answer["models"] if isinstance(answer, dict) else answer
    return {card["name"]: [feature["name"] for feature in card["features"]] for card in cards}


def check(scenario: Scenario, features: Mapping[str, Sequence[str]], row: Row) -> None:
    """Everything that the scenario names exists, or an `InputError` says what does."""
    for model in scenario.models:
        if model.name not in features:
            known = ", ".join(sorted(features)) or "none"
            raise InputError(f"scenario: no model {model.name!r} is served; expected of {known}")
        wanted = [*features[model.name], *([model.truth] if model.truth else [])]
        for name in wanted:
            if name not in row:
                raise InputError(f"data: no column {name!r}, which {model.name} needs")
    for fault in scenario.faults:
        if isinstance(fault, Drift):
            known = ", ".join(sorted({name for names in features.values() for name in names}))
            if not any(fault.feature in names for names in features.values()):
                raise InputError(f"scenario: no feature {fault.feature!r}; expected of {known}")
