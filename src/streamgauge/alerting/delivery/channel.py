"""One receiver's queue: it alone waits while its receiver fails or wants to be left alone."""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec
from confluent_kafka import KafkaException

from streamgauge.alerting.configuration import Target
from streamgauge.alerting.delivery.answer import bounded
from streamgauge.alerting.delivery.crash_point import pass_point
from streamgauge.alerting.delivery.entry import intent, least, result
from streamgauge.alerting.delivery.gauge import ChannelGauges
from streamgauge.alerting.delivery.job import Job, Outcome
from streamgauge.alerting.delivery.ledger import FencedError, Ledger
from streamgauge.alerting.delivery.pace import Pace
from streamgauge.alerting.delivery.queue import Queue
from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.receivers.receiver import Context, Delivered, DeliveryError, Receiver
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification

_LONGEST_PAUSE = 60.0
# Whoever says that he may be asked again at once is asked that often.
_SHORTEST_PAUSE = 1.0
# A server that drips its answer byte by byte is cut off.
_SEND_TIMEOUT = 60.0
# After so many failures on end, the channel asks with one message at a time.
_DOUBTFUL = 3
# Who sees what comes again is told one by one, and by one more for so many that wait.
_RUSH = 8
_LOOK = 0.02
_log = logging.getLogger(__name__)


Settle = Callable[[Outcome], None]


class Channel:
    """Tells one receiver: paced, tried again, written down before and after.

    Whoever puts notices sees to it that of a group there is one at a time.
    """

    def __init__(
        self,
        target: Target,
        *,
        ledger: Ledger,
        gauges: ChannelGauges,
        settle: Settle,
        context: Callable[[], Context],
        overall: Callable[[], Pace],
        keep: Callable[[Receipt], None],
    ) -> None:
        self._target = target
        self._ledger = ledger
        self._gauges = gauges
        self._settle = settle
        self._context = context
        self._overall = overall
        self._keep = keep
        self._pace = Pace(target.receiver.rate, target.receiver.burst)
        self._queue = Queue()
        self._failures = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._retired: list[Receiver] = []
        self._changed = asyncio.Event()
        self._fault: BaseException | None = None

    def put(self, notice: Notice, thread: Labels, *, again: bool) -> None:
        """Tell this; `thread` is what the other side calls the episode's messages so far."""
        self._push(0.0, Job(notice, thread, again, time.monotonic()))

    def use(self, target: Target) -> None:
        """What holds from now on, after a new configuration."""
        old, self._target = self._target.receiver, target
        self._retired.append(old)
        if (target.receiver.rate, target.receiver.burst) != (old.rate, old.burst):
            self._pace = Pace(target.receiver.rate, target.receiver.burst)
        self._changed.set()

    def waiting(self) -> int:
        """How many notices are not settled."""
        return len(self._queue) + len(self._sending)

    def clear(self) -> None:
        """Forget all of it at once: somebody else tells now."""
        self._queue.clear()
        for task in self._sending:
            task.cancel()

    async def idle(self) -> None:
        """Return when nothing is under way; what waits to be tried again is not."""
        while self._busy():  # noqa: ASYNC110 - only at an end or a new configuration
            await asyncio.sleep(_LOOK)

    def _busy(self) -> bool:
        due = self._queue.next_due()
        return (due is not None and due <= time.monotonic()) or bool(self._sending)

    async def run(self) -> None:
        """Work until cancelled; raises what makes it unknown what the ledger says."""
        try:
            while True:
                self._changed.clear()
                if self._fault is not None:
                    raise self._fault
                wait = self._start_what_may()
                while self._retired and not self._sending:
                    await self._retired.pop().close()
                if wait is None:
                    await self._changed.wait()
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._changed.wait()
        finally:
            self.clear()
            await asyncio.gather(*self._sending, return_exceptions=True)
            for receiver in (self._target.receiver, *self._retired):
                await receiver.close()

    def _push(self, due: float, job: Job) -> None:
        self._queue.put(due, job)
        self._changed.set()

    def _start_what_may(self) -> float | None:
        """Start sends; returns after how many seconds to look again."""
        while (due := self._queue.next_due()) is not None and len(self._sending) < self._most():
            now = time.monotonic()
            if due > now:
                return due - now
            paces = (self._pace, self._overall())
            if (wait := max(pace.wait(now) for pace in paces)) > 0:
                return wait
            for pace in paces:
                pace.take(now)
            jobs = self._queue.pick(now, together=self._target.receiver.coalesces)
            task = asyncio.create_task(self._deliver(jobs))
            self._sending.add(task)
            task.add_done_callback(self._ended)
        return None

    def _most(self) -> int:
        """How many sends may be under way at once."""
        if self._failures >= _DOUBTFUL:
            return 1
        receiver = self._target.receiver
        if receiver.folds:
            return receiver.concurrency
        return min(receiver.concurrency, 1 + len(self._queue) // _RUSH)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._changed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s: %r", self._target.name, error, exc_info=error)
            # Whether its message was told is for the next start to find out, with the same key.
            self._fault = error

    async def _deliver(self, jobs: Sequence[Job]) -> None:
        try:
            until = await self._ledger.write(
                [intent(job.notice, job.thread, job.nonce) for job in jobs]
            )
        except FencedError:
            return
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            await self._give_up(jobs, error)
            return
        pass_point("after_intent")
        # Frozen meanwhile, for example: another may have taken over unseen.
        if time.monotonic() > until:
            for job in jobs:
                self._push(0.0, job)
            return
        for job in jobs:
            job.attempts += 1
            job.began = job.began or time.monotonic()
        answer = bounded(await self._send(jobs))
        if isinstance(answer, Delivered):
            pass_point("after_send")
            for job in jobs:
                self._keep(Receipt(job.nonce, answer.detail, job.thread | answer.thread))
            self._failures = 0
            self._count_accepted(jobs)
            await self._finish(jobs, answer.detail, answer.thread, delivered=True)
            return
        self._failures += 1
        if answer.retry_after is not None:
            self._pace.close(time.monotonic() + answer.retry_after)
        await self._try_again(jobs, answer)

    async def _give_up(self, jobs: Sequence[Job], error: KafkaException) -> None:
        """What Kafka does not take is not said: it is owed again, and stops nothing else."""
        if len(jobs) > 1:
            for job in jobs:
                await self._deliver([job])
            return
        (job,) = jobs
        self._gauges.failed.inc()
        _log.error("%s was not told %s: %s", self._target.name, job.notice.key, error)
        self._settle(Outcome(job.notice, delivered=False, thread=job.thread))

    async def _send(self, jobs: Sequence[Job]) -> Delivered | DeliveryError:
        context = msgspec.structs.replace(
            self._context(), thread=jobs[0].thread, again=any(job.again for job in jobs)
        )
        pass_point("after_connect")
        begun = time.monotonic()
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                return await self._target.receiver.send([job.notice for job in jobs], context)
        except TimeoutError:
            for job in jobs:
                job.again = True
            return DeliveryError(f"no answer within {_SEND_TIMEOUT:.0f} s")
        except DeliveryError as error:
            for job in jobs:
                job.again = job.again or error.unknown
            return error
        except Exception as error:
            # A fault of the receiver's code must not stop the messages behind this one.
            _log.exception("receiver %s failed on %s", self._target.name, jobs[0].notice.key)
            return DeliveryError(type(error).__name__, permanent=True)
        finally:
            self._gauges.seconds.observe(time.monotonic() - begun)

    def _count_accepted(self, jobs: Sequence[Job]) -> None:
        now = time.monotonic()
        for job in jobs:
            self._gauges.accepted.observe(now - job.put_at)

    async def _try_again(self, jobs: Sequence[Job], failure: DeliveryError) -> None:
        now = time.monotonic()
        for job in jobs:
            wait = job.pause * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
            if failure.retry_after is None:
                job.pause = min(2 * job.pause, _LONGEST_PAUSE)
            else:
                wait = max(failure.retry_after, min(wait, _SHORTEST_PAUSE))
            if failure.permanent or now + wait - job.began > self._target.patience:
                await self._finish([job], str(failure), {}, delivered=False)
                continue
            self._gauges.retries.inc()
            _log.warning(
                "%s did not take %s: %s; again in %.1f s",
                self._target.name,
                job.notice.key,
                failure,
                wait,
            )
            self._push(now + wait, job)

    async def _finish(
        self, jobs: Sequence[Job], detail: str, thread: Labels, *, delivered: bool
    ) -> None:
        counted = self._gauges.sent if delivered else self._gauges.failed
        counted.inc(len(jobs))
        if not delivered:
            _log.error("%s was not told %s: %s", self._target.name, jobs[0].notice.key, detail)
        entries = [
            result(job.notice, job.attempts, detail, job.thread | thread, delivered=delivered)
            for job in jobs
        ]
        try:
            await self._write_down(entries)
        except FencedError:
            return
        pass_point("after_result")
        for job in jobs:
            self._settle(Outcome(job.notice, delivered, job.thread | thread))
        pass_point("after_settle")

    async def _write_down(self, results: Sequence[Notification]) -> None:
        try:
            await self._ledger.write(results)
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            # Without a result each start would tell it again.
            _log.error("%s: the result is written without its details: %s", results[0].id, error)
            await self._ledger.write([least(one) for one in results])
