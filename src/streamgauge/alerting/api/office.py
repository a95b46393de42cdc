"""The desk with what the API itself keeps: who sent what from outside, and until when it holds."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from streamgauge.alerting.api.desk import Desk
from streamgauge.alerting.api.outside import News, Outside, Posted
from streamgauge.alerting.api.refusal import RefusedError
from streamgauge.alerting.instant import show
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.contracts.alert import Ack, Alert

_log = logging.getLogger(__name__)
_EVERY = 1.0


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Office:
    """What the handlers of requests share. Only the notifier that tells people answers."""

    def __init__(self, desk: Desk, clock: Callable[[], int] = wall_clock) -> None:
        self.desk = desk
        self.clock = clock
        self.started = clock()
        self._outside = Outside()
        self._epoch: int | None = None
        # One change of the alerts from outside at a time: what a repetition is depends on it.
        self._turn = asyncio.Lock()

    def dispatcher(self) -> Dispatcher:
        """What is known of alerts; RefusedError (503) while another notifier tells people."""
        if self.desk.epoch() is None:
            raise RefusedError(503, "another notifier tells people, or this one is still reading")
        return self.desk.dispatcher()

    def alert(self, fingerprint: str) -> Alert | None:
        """The newest record of an alert that fires or has just ended."""
        return self.dispatcher().alert(fingerprint)

    def owner(self, alert: Alert) -> Ack | None:
        """Who has acknowledged this episode of it, while that holds."""
        ack = self.dispatcher().ack(alert.episode_id)
        return ack if ack and self.clock() < ack.ends_at else None

    async def acknowledge(self, ack: Ack, sender: str) -> None:
        """Write an acknowledgement down, with who did it from where."""
        await self.desk.put_ack(ack.after(self.dispatcher().ack(ack.id)))
        _log.info(
            "alert %s: owned by %r until %s (%r), from %s",
            ack.id,
            ack.owner,
            show(ack.ends_at),
            ack.note,
            sender,
        )

    def ends(self, fingerprint: str) -> int | None:
        """Until when an alert from outside is believed."""
        return self._outside.ends(fingerprint)

    async def hear(self, sent: Iterable[Posted]) -> list[str]:
        """Take alerts from outside; returns what was wrong with some."""
        async with self._turn:
            self._begin()
            timeout = self.desk.plan().resolve_timeout
            news = self._outside.hear(sent, self.clock(), timeout)
            await self._write(news)
        return news.errors

    async def watch(self) -> None:
        """End alerts that nobody repeats, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            try:
                async with self._turn:
                    self._begin()
                    await self._write(self._outside.expire(self.clock()))
            except RefusedError:
                continue
            except Exception:
                # Kafka is away, for example. Without this watch alerts would fire for ever.
                _log.exception("alerts from outside that are over; trying again")

    def _begin(self) -> None:
        """After a start and a takeover the topics say what holds, not our memory."""
        dispatcher = self.dispatcher()
        epoch = self.desk.epoch()
        if epoch != self._epoch:
            timeout = self.desk.plan().resolve_timeout
            now = self.clock()
            known = [standing.alert for standing in dispatcher.alerts(now)]
            self._outside.restore(known, now, timeout)
            self._epoch = epoch

    async def _write(self, news: News) -> None:
        if news.alerts:
            await self.desk.put_alerts(news.alerts)
        self._outside.settle(news)
