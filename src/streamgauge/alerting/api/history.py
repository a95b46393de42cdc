"""Who was told what: the ledger's entries put together. Pure, except for reading them."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.notification import Notification
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka

MOST = 1_000
# An entry names all alerts of its group: more of them would cost the notifier its memory.
_READ = 20_000
_TOPIC = TOPICS["notifications"].name
# Entries of two notices are never further apart, so that results find their intents.
_REACH = 3_600_000


class Telling(msgspec.Struct, frozen=True, rename="camel"):
    """One notice and what became of it. Times are milliseconds; `finished` is None meanwhile."""

    group: str
    labels: dict[str, str]
    receiver: str
    episode: str
    seq: int
    reason: str
    firing: list[str]
    resolved: list[str]
    at: int
    result: str
    finished: int | None
    attempts: int
    detail: str


def read_ledger(kafka: Kafka, since: int) -> list[Notification]:
    """The entries from a moment (ms) on that count, oldest first, the newest 20,000; it blocks.

    What an owner wrote behind a newer owner's claim does not count.
    """
    decode = decoder(Notification)
    counting: deque[Notification] = deque(maxlen=_READ)
    claim = -1
    for message in read_to_end(kafka, _TOPIC, since=since - _REACH):
        entry = decode(message.value())
        if not isinstance(entry, Notification):
            continue
        if entry.phase == "claim":
            claim = message.offset() or 0
        elif entry.epoch >= claim:
            counting.append(entry)
    return list(counting)


def tellings(entries: Iterable[Notification]) -> list[Telling]:
    """Notices with their results, the newest first."""
    found: dict[str, Telling] = {}
    for entry in entries:
        if entry.phase == "intent":
            found[entry.id] = _begun(entry)
        elif (begun := found.get(entry.id)) is not None:
            found[entry.id] = msgspec.structs.replace(
                begun,
                result=entry.phase,
                finished=entry.ts,
                attempts=entry.attempts,
                detail=entry.detail,
            )
    return sorted(found.values(), key=lambda one: -one.at)


def select(
    told: Sequence[Telling],
    *,
    since: int = 0,
    fingerprint: str | None = None,
    group: str | None = None,
    receiver: str | None = None,
) -> Iterator[Telling]:
    """Those that are about an alert, a group, or a receiver's name or integration.

    The alert is a fingerprint, or one with its episode.
    """
    for one in told:
        if one.at < since or (group is not None and one.group != group):
            continue
        if receiver is not None and receiver not in (one.receiver, one.receiver.split("/")[0]):
            continue
        if fingerprint is not None and not any(
            fingerprint in (name, name.rpartition("-")[0]) for name in (*one.firing, *one.resolved)
        ):
            continue
        yield one


def _begun(entry: Notification) -> Telling:
    return Telling(
        group=entry.group,
        labels=entry.labels,
        receiver=entry.receiver,
        episode=entry.episode,
        seq=entry.seq,
        reason=entry.reason,
        firing=entry.firing,
        resolved=entry.resolved,
        at=entry.ts,
        result="open",
        finished=None,
        attempts=0,
        detail=entry.detail,
    )
