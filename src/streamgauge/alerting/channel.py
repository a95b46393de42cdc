"""One target's queue: it alone waits while its target fails."""

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec

from streamgauge.alerting.configuration import Target
from streamgauge.alerting.gauge import Gauges
from streamgauge.alerting.ledger import Ledger
from streamgauge.alerting.receivers.receiver import Context, DeliveryError
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert

_log = logging.getLogger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0
# A server that drips its answer byte by byte is cut off.
_SEND_TIMEOUT = 60.0


class Job(msgspec.Struct, frozen=True):
    """Tell a target about an alert; `wanted` turns false when somebody else took over."""

    alert: Alert
    why: str
    done: Callable[[], None]
    wanted: Callable[[], bool]


class Channel:
    """Tells one target in order, tries again, and writes down what came of it."""

    def __init__(self, target: Target, ledger: Ledger, gauges: Gauges) -> None:
        self.target = target
        self._ledger = ledger
        self._gauges = gauges
        self._queue: asyncio.Queue[Job] = asyncio.Queue()
        self._busy = False

    def put(self, job: Job) -> None:
        """Queue a job."""
        self._queue.put_nowait(job)

    def waiting(self) -> int:
        """How many jobs are not done."""
        return self._queue.qsize() + self._busy

    async def idle(self) -> None:
        """Return when nothing is waiting."""
        await self._queue.join()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            job = await self._queue.get()
            self._busy = True
            try:
                await self._deliver(job)
            finally:
                self._busy = False
            if job.wanted():
                job.done()
            self._queue.task_done()

    async def _deliver(self, job: Job) -> None:
        name, alert = self.target.name, job.alert
        if not job.wanted() or self._ledger.is_finished(alert.id, name):
            return
        await self._ledger.intend(alert, name)
        started = time.monotonic()
        notice = self._notice(alert, job.why)
        pause = _FIRST_PAUSE
        attempts = 0
        while job.wanted():
            attempts += 1
            try:
                async with asyncio.timeout(_SEND_TIMEOUT):
                    answer = await self.target.receiver.send([notice], Context())
            except TimeoutError:
                failure = DeliveryError(f"no answer within {_SEND_TIMEOUT:.0f} s")
            except DeliveryError as error:
                failure = error
            except Exception as error:
                # A fault of the receiver's code must not stop the messages behind this one.
                _log.exception("receiver %s failed on alert %s", name, alert.id)
                failure = DeliveryError(type(error).__name__, permanent=True)
            else:
                await self._finish(alert, attempts, answer.detail, started, delivered=True)
                return
            wait = pause if failure.retry_after is None else failure.retry_after
            pause = min(2 * pause, _LONGEST_PAUSE)
            patience = self.target.patience - (time.monotonic() - started)
            if failure.permanent or wait > patience:
                await self._finish(alert, attempts, str(failure), started, delivered=False)
                return
            self._gauges.retries.labels(name).inc()
            _log.warning(
                "%s did not take alert %s: %s; again in %.1f s", name, alert.id, failure, wait
            )
            await asyncio.sleep(wait)

    def _notice(self, alert: Alert, why: str) -> Notice:
        fires = alert.state == "firing"
        return Notice(
            group=alert.fingerprint,
            labels=alert.labels,
            receiver=self.target.group,
            aim=self.target.name,
            seq=1 if fires else 2,
            episode=str(alert.episode),
            reason="new" if fires else "resolved",
            why=why,
            at=alert.updated_at,
            alerts=(alert,),
        )

    async def _finish(
        self, alert: Alert, attempts: int, detail: str, started: float, *, delivered: bool
    ) -> None:
        name = self.target.name
        result = "delivered" if delivered else "failed"
        self._gauges.notifications.labels(name, result).inc()
        self._gauges.seconds.labels(name).observe(time.monotonic() - started)
        if not delivered:
            _log.error("%s was not told about alert %s: %s", name, alert.id, detail)
        await self._ledger.finish(
            alert, name, delivered=delivered, attempts=attempts, detail=detail
        )
