"""What a new owner reads before it tells anybody anything. Pure but for the records' decoding."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
from confluent_kafka import Message

from streamgauge.alerting.delivery.book import Book, Place
from streamgauge.alerting.delivery.entry import confirmed
from streamgauge.alerting.delivery.inbox import ACKS, ALERTS, BESIDE, LEDGER, SILENCES, STATES
from streamgauge.alerting.delivery.inbox import Assigned as Beginning
from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.routing.digests import is_about
from streamgauge.alerting.routing.plan import Digest
from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.notification import Notification

# A group's key may hold its labels with five bytes for one, and the ledger has it twice: of larger
# records no entry could be written, and their group would wait for ever.
MOST_BYTES = 262_144
_read_alert = decoder(Alert)
read_silence = decoder(Silence)
read_ack = decoder(Ack)
read_entry = decoder(Notification)
_Kept = TypeVar("_Kept", Alert, Silence, Ack)


class Restore:
    """Takes the records of all topics until it has all that was there when it began.

    What `alerts` holds from the committed position on is kept aside, to be taken as if it came now.
    An alert of which there is such a record is not restored from its newest state: it will be when
    its records are taken. Of older records, `earlier` has those that digests tell of, with the
    broker's time.
    """

    def __init__(self, beginning: Beginning, digests: Sequence[Digest] = ()) -> None:
        self._digests = digests
        self.earlier: list[tuple[Alert, int]] = []
        self.beginning = beginning
        self.book = Book()
        self.replay: list[Message] = []
        self.claimed_at = 0
        self.overtaken = False
        self.silences: dict[bytes, Silence] = {}
        self.acks: dict[bytes, Ack] = {}
        self._states: dict[bytes, Alert] = {}
        # The newest intent of each place of which nobody knows what came of it.
        self._intents: dict[Place, Notification] = {}
        self._open = {ALERTS, LEDGER, *BESIDE}
        for topic, end in beginning.ends.items():
            if end <= (beginning.since if topic == ALERTS else 0):
                self._open.discard(topic)

    @property
    def done(self) -> bool:
        """Whether everything is there."""
        return not self._open

    def ended(self, topic: str) -> None:
        """A topic has been read to its end."""
        if topic != LEDGER:
            self._open.discard(topic)

    def take(self, message: Message) -> None:
        """A record of one of the topics."""
        topic, offset = message.topic() or "", message.offset() or 0
        key, value = message.key() or b"", message.value()
        if topic == ALERTS and offset < self.beginning.start:
            self._look_at(message)
        elif topic == ALERTS:
            self.replay.append(message)
        elif topic == LEDGER:
            entry = read_entry(value)
            if isinstance(entry, Notification):
                self.take_entry(offset, entry)
                self.overtaken |= offset > self.beginning.epoch and entry.phase == "claim"
            if offset == self.beginning.epoch:
                self.claimed_at = message.timestamp()[1]
                self._open.discard(LEDGER)
        elif topic == STATES:
            _keep(self._states, key, read_alert(value))
        elif topic == SILENCES:
            _keep(self.silences, key, read_silence(value))
        elif topic == ACKS:
            ack = read_ack(value)
            _keep(self.acks, key, ack.after(self.acks.get(key)) if isinstance(ack, Ack) else ack)
        if offset + 1 >= self.beginning.ends.get(topic, offset + 2):
            self._open.discard(topic)

    def confirm(self, receipts: Mapping[str, Receipt]) -> list[Notification]:
        """What receipts say was told after all; returns the entries that the ledger lacks."""
        found = []
        for intent in self._intents.values():
            receipt = receipts.get(intent.nonce) if intent.nonce else None
            # A digest is a file too, which is written when the ledger has it.
            if receipt is not None and intent.reason != "digest":
                found.append(confirmed(intent, receipt))
        for entry in found:
            stamped = msgspec.structs.replace(entry, epoch=self.beginning.epoch)
            self.take_entry(self.beginning.epoch, stamped)
        return found

    def take_entry(self, offset: int, entry: Notification) -> None:
        self.book.take(offset, entry)
        place = (entry.group, entry.receiver)
        page = self.book.pages.get(place)
        if page is None or not page.unknown:
            self._intents.pop(place, None)
        elif page.offset == offset:
            self._intents[place] = entry

    def _look_at(self, message: Message) -> None:
        alert = read_alert(message.value())
        if isinstance(alert, Alert) and any(is_about(one, alert) for one in self._digests):
            self.earlier.append((alert, message.timestamp()[1]))

    def alerts(self) -> list[Alert]:
        """The alerts that fired at the committed position."""
        coming = {message.key() for message in self.replay}
        return [
            alert
            for key, alert in self._states.items()
            if alert.state == "firing" and key not in coming
        ]


def read_alert(value: bytes | None) -> Alert | Reject:
    """A record of `alerts` or `alert-state`, or why it is none."""
    if value is not None and len(value) > MOST_BYTES:
        return Reject("too_wide", f"more than {MOST_BYTES // 1024} KB")
    return _read_alert(value)


def _keep(kept: dict[bytes, _Kept], key: bytes, record: object) -> None:
    """A compacted topic still holds old records behind new ones: the last of a key counts."""
    if isinstance(record, msgspec.Struct) and type(record) in (Alert, Silence, Ack):
        kept[key] = record  # type: ignore[assignment]  # each topic has records of one type
    else:
        kept.pop(key, None)
