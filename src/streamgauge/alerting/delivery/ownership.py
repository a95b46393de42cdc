"""Whether this process tells people, and what it knows while it does."""

import asyncio
import logging
import time
from collections.abc import Callable

from confluent_kafka import KafkaException, Message

from streamgauge.alerting.delivery.burial import Burials
from streamgauge.alerting.delivery.channels import Channels
from streamgauge.alerting.delivery.clock import Clock
from streamgauge.alerting.delivery.crash_point import pass_point
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import Assigned, End, Event, Revoked
from streamgauge.alerting.delivery.job import Outcome
from streamgauge.alerting.delivery.ledger import FencedError, Ledger
from streamgauge.alerting.delivery.receipt import Receipts
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.receivers.receiver import Context
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.watchdog import Sight
from streamgauge.contracts.notification import Notification

_COMMIT_EVERY = 0.2
_log = logging.getLogger(__name__)


class Ownership:
    """Follows what the inbox says: assigned, restoring, on duty, overtaken.

    `overtaken` is set when another notifier has claimed the ledger although the group's partition
    is still ours: the group has to be joined anew. `told` hears of notices that arrived.
    """

    def __init__(
        self,
        ledger: Ledger,
        gauges: Gauges,
        *,
        plan: Callable[[], Plan],
        context: Callable[[], Context],
        burials: Burials,
        told: Callable[[Notice], None],
        receipts: Receipts,
    ) -> None:
        self.duty: Duty | None = None
        self.overtaken = False
        self.clock = Clock(int(time.time() * 1000), monotonic())
        self.channels = Channels(ledger, gauges, self._settle, context, receipts.keep)
        self._ledger = ledger
        self._gauges = gauges
        self._plan = plan
        self._burials = burials
        self._told = told
        self._receipts = receipts
        self._confirming: asyncio.Task[None] | None = None
        self._restore: Restore | None = None
        self._standing: tuple[int, int] | None = None
        self._commit_at = 0.0

    def now(self) -> int:
        """The broker's time, in milliseconds."""
        return self.clock.now(monotonic())

    def hear(self, event: Event) -> None:
        """What the inbox has read, in order."""
        if isinstance(event, Assigned):
            self.leave()
            self._restore = Restore(event, self._plan().digests)
        elif isinstance(event, Revoked):
            self.leave()
            _log.info("not notifying: another notifier does, or Kafka is away")
        elif self._restore is not None:
            self._read_back(self._restore, event)
        elif self.duty is not None and not isinstance(event, End):
            entry = self.duty.take(event, monotonic())
            if entry is not None and not self._ledger.hear(entry):
                self._give_way()

    def flush(self) -> None:
        """Tell what is due now."""
        if self.duty is not None:
            self.duty.flush(self.now())

    def wait(self, most: float) -> float:
        """So many seconds nothing is due."""
        return self.duty.wait(monotonic(), most) if self.duty else most

    def standing(self) -> tuple[int, int] | None:
        """What may be committed, if it is time to."""
        now = time.monotonic()
        if self.duty is None or now < self._commit_at:
            return None
        self._commit_at = now + _COMMIT_EVERY
        standing = self.last_standing()
        if standing == self._standing:
            return None
        self._standing = standing
        return standing

    def last_standing(self) -> tuple[int, int] | None:
        """What may be committed, whenever that is."""
        return self.duty.standing(self._burials.oldest()) if self.duty else None

    def sights(self) -> list[Sight]:
        """How long ago merge and judge were heard of; nothing while another one watches."""
        return self.duty.dispatcher.sights(self.now()) if self.duty else []

    def leave(self) -> None:
        """Say nothing more."""
        self._ledger.disown()
        self.channels.clear()
        self.duty = self._restore = self._standing = None
        self._gauges.assigned.set(0)

    def _read_back(self, restore: Restore, event: End | Message) -> None:
        if isinstance(event, End):
            restore.ended(event.topic)
        else:
            restore.take(event)
            pass_point("mid_restore")
        if restore.overtaken:
            self._give_way()
        elif restore.done:
            self._begin(restore)

    def _begin(self, restore: Restore) -> None:
        self._restore = None
        self._ledger.own(restore.beginning.epoch)
        self.clock.hear(restore.claimed_at, monotonic())
        if found := restore.confirm(self._receipts.read()):
            self._confirming = asyncio.create_task(self._confirm(found))
        self.duty = Duty(
            self._plan(),
            restore,
            clock=self.clock,
            channels=self.channels,
            gauges=self._gauges,
            refused=self._burials.bury,
        )
        self.duty.begin(restore, monotonic())
        self._gauges.assigned.set(1)
        _log.info(
            "notifying by %d channels; %d records since the last notifier",
            len(self.channels),
            len(restore.replay),
        )

    async def _confirm(self, entries: list[Notification]) -> None:
        try:
            await self._ledger.write(entries)
        except FencedError:
            return
        except KafkaException as error:
            # The receipts still say so at the next start.
            _log.warning("%d results are not in the ledger: %s", len(entries), error)

    def _give_way(self) -> None:
        _log.warning("another notifier has claimed the ledger: joining the group anew")
        self.leave()
        self.overtaken = True

    def _settle(self, outcome: Outcome) -> None:
        if self.duty is not None:
            if outcome.delivered:
                self._told(outcome.notice)
            self.duty.settle(outcome, monotonic())


def monotonic() -> int:
    """Milliseconds that no clock change touches."""
    return time.monotonic_ns() // 1_000_000
