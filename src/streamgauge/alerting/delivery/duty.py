"""One owner's time: from what was restored, record by record, to notices and what came of them."""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import get_args

from confluent_kafka import Message

from streamgauge.alerting.delivery.book import Book, Page, Place, is_digest
from streamgauge.alerting.delivery.channel import Channel
from streamgauge.alerting.delivery.clock import Clock
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import ACKS, ALERTS, LEDGER, SILENCES, STATES
from streamgauge.alerting.delivery.job import Outcome
from streamgauge.alerting.delivery.restore import (
    Restore,
    read_ack,
    read_alert,
    read_entry,
    read_silence,
)
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Ack, Alert, Silence, State
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification

# How often it is noted where the ledger stood, for later starts.
_MARK_EVERY_MS = 1_000
# How often what the ledger need not say any more is looked for: that takes a look at every page.
_FORGET_EVERY_S = 5.0
# So many acknowledgements at most are on their way to Kafka and back.
_ECHOES = 1_000
_log = logging.getLogger(__name__)


class Duty:
    """Holds the dispatcher and the book of the ledger while this process notifies.

    `channels` are by the name of an aim; `refused` hears of records that were none.
    """

    def __init__(
        self,
        plan: Plan,
        restore: Restore,
        *,
        clock: Clock,
        channels: Mapping[str, Channel],
        gauges: Gauges,
        refused: Callable[[Message, Reject], None],
    ) -> None:
        self.epoch = restore.beginning.epoch
        self.dispatcher = Dispatcher(plan)
        self._clock = clock
        self._channels = channels
        self._counted = {state: gauges.alerts.labels(state) for state in get_args(State)}
        self._refused = refused
        self._book: Book = restore.book
        self._doubtful = {place for place, page in self._book.pages.items() if page.unknown}
        # Of each alert's newest record the id and the time of its value, for updates of that.
        self._newest = {one.fingerprint: (one.id, one.updated_at) for one in restore.alerts()}
        self._acked: deque[Ack] = deque(maxlen=_ECHOES)
        beginning = restore.beginning
        # From where the ledger is needed by whoever begins at an offset of `alerts`.
        self._marks = deque([(beginning.start, beginning.floor, 0)])
        self._ledger_end = beginning.epoch + 1
        self._floor, self._forget_at = beginning.floor, 0.0
        self._position = beginning.start if beginning.first else None

    def begin(self, restore: Restore, monotonic: int) -> None:
        """Go on from what was restored: what came since the committed position comes now."""
        replay = restore.replay
        first = replay[0].timestamp()[1] if replay else self._clock.now(monotonic)
        # One by one: nobody would be told any more if one that cannot be read stopped the start.
        for silence in restore.silences.values():
            self.silence(silence, first)
        self.dispatcher.restore(
            [(alert, first) for alert in restore.alerts()],
            restore.acks.values(),
            {place: _told(page, self._book, place) for place, page in self._book.pages.items()},
        )
        for alert, at in restore.earlier:
            self.dispatcher.remember(alert, at)
        for message in replay:
            self._take_alert(message, self._clock.replay(message.timestamp()[1]))
        now = self._clock.now(monotonic)
        self.dispatcher.caught_up(now)
        self.flush(now)

    def take(self, message: Message, monotonic: int) -> Notification | None:
        """A record of one of the topics; an entry of the ledger is returned."""
        topic, value = message.topic(), message.value()
        stamp = message.timestamp()[1]
        if topic == LEDGER:
            entry = read_entry(value)
            if isinstance(entry, Notification):
                self._clock.hear(stamp, monotonic)
                self._book.take(message.offset() or 0, entry)
                self._ledger_end = (message.offset() or 0) + 1
                return entry
        elif topic == ALERTS:
            self._mark(message.offset() or 0, stamp)
            self._take_alert(message, self._clock.hear(stamp, monotonic))
        elif topic == STATES:
            self._refresh(read_alert(value), self._clock.hear(stamp, monotonic))
        elif topic == SILENCES and isinstance(silence := read_silence(value), Silence):
            self._flush_due(at := self._clock.hear(stamp, monotonic))
            self.silence(silence, at)
        elif topic == ACKS and isinstance(ack := read_ack(value), Ack):
            self._flush_due(at := self._clock.hear(stamp, monotonic))
            self.acknowledge(ack, at)
        return None

    def silence(self, silence: Silence, at: int) -> None:
        """Take a silence; one that nobody can read silences nothing."""
        try:
            self.dispatcher.silence(silence, at)
        except ValueError as error:
            _log.warning("silence %s does not count: %s", silence.id, error)

    def acknowledge(self, ack: Ack, at: int) -> None:
        """Take an acknowledgement, once: what is written here comes back by its topic.

        Behind a newer one it would be told as if its owner had taken over again.
        """
        if ack not in self._acked:
            self._acked.append(ack)
            self.dispatcher.acknowledge(ack, at)

    def flush(self, now: int) -> None:
        """Hand over all notices that are due."""
        for notice in self.dispatcher.advance(now):
            self._put(notice)

    def settle(self, outcome: Outcome, monotonic: int) -> None:
        """A notice arrived or failed; what waited for it goes next."""
        now = self._clock.now(monotonic)
        self.dispatcher.settle(outcome.notice, outcome.delivered, now)
        self.flush(now)

    def wait(self, monotonic: int, most: float) -> float:
        """So many seconds nothing is due."""
        due = self.dispatcher.next_due()
        if due is None:
            return most
        return min(most, max(0.0, (due - self._clock.now(monotonic)) / 1000))

    def standing(self, most: int | None = None) -> tuple[int, int] | None:
        """What may be committed: the offset of `alerts`, and from where the ledger is needed.

        That offset is `most` at most: somebody else needs the records from there on.
        """
        position = self.dispatcher.position()
        if position is None:
            position = self._position
        if position is None:
            return None
        if most is not None:
            position = min(position, most)
        while len(self._marks) > 1 and self._marks[1][0] <= position:
            self._marks.popleft()
        # An older floor is right too: it only costs a later start some reading.
        if (now := time.monotonic()) >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY_S
            self._floor = self._book.forget(self._marks[0][1], self._clock.now(int(now * 1000)))
        return position, self._floor

    def _take_alert(self, message: Message, at: int) -> None:
        offset = message.offset() or 0
        alert = read_alert(message.value())
        if isinstance(alert, Reject):
            self._refused(message, alert)
            return
        self._counted[alert.state].inc()
        self._flush_due(at)
        if alert.state == "resolved":
            self._newest.pop(alert.fingerprint, None)
        else:
            self._newest[alert.fingerprint] = alert.id, alert.updated_at
        self.dispatcher.take(alert, at, offset)

    def _refresh(self, alert: Alert | Reject, at: int) -> None:
        """An alert's state is written anew when its value moves; transitions come by `alerts`."""
        if not isinstance(alert, Alert):
            return
        name, newest = self._newest.get(alert.fingerprint, ("", 0))
        if name != alert.id:
            return
        if alert.state == "firing" and alert.updated_at > newest:
            self._newest[alert.fingerprint] = name, alert.updated_at
            self._flush_due(at)
            self.dispatcher.take(alert, at)

    def _flush_due(self, at: int) -> None:
        due = self.dispatcher.next_due()
        if due is not None and due <= at:
            self.flush(at)

    def _put(self, notice: Notice) -> None:
        place: Place = (notice.group, notice.aim)
        page = self._book.pages.get(place)
        thread: Labels = page.thread if page and page.episode == notice.episode else {}
        channel = self._channels.get(notice.aim)
        if channel is None:
            _log.error("nobody is %s, who was to be told %s", notice.aim, notice.key)
            return
        again = place in self._doubtful
        self._doubtful.discard(place)
        channel.put(notice, thread, again=again)

    def _mark(self, offset: int, stamp: int) -> None:
        if stamp - self._marks[-1][2] >= _MARK_EVERY_MS:
            self._marks.append((offset, self._ledger_end, stamp))


def _told(page: Page, book: Book, place: Place) -> Told:
    return Told(
        page.seq,
        page.episode,
        page.at,
        firing=page.firing,
        resolved=page.resolved,
        # A group's failed notice is owed by what is left of `firing`; a digest's only by this.
        delivered=page.delivered if is_digest(place) else not page.unknown,
        over=book.over(place),
    )
