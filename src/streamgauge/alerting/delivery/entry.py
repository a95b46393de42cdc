"""Notices as entries of the ledger. Pure."""

import msgspec

from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification, Phase


def intent(notice: Notice, thread: Labels, nonce: str = "") -> Notification:
    """The entry before a message; with the thread so far, so that no older one is needed."""
    return msgspec.structs.replace(
        _entry(notice, "intent", notice.text, thread),
        ts=notice.at,
        firing=list(notice.firing),
        resolved=list(notice.resolved),
        nonce=nonce,
    )


def result(
    notice: Notice, attempts: int, detail: str, thread: Labels, *, delivered: bool
) -> Notification:
    """The entry after a message, or after the last try; the ledger says when."""
    entry = _entry(notice, "delivered" if delivered else "failed", detail, thread)
    return msgspec.structs.replace(entry, attempts=attempts)


def least(result: Notification) -> Notification:
    """A result that Kafka refused, without what nobody needs to go on."""
    return msgspec.structs.replace(
        result, labels={}, thread={}, detail="Kafka did not take the details"
    )


def confirmed(intent: Notification, receipt: Receipt) -> Notification:
    """The entry after a message of a former notifier that could not write it any more."""
    return msgspec.structs.replace(
        intent,
        phase="delivered",
        ts=0,
        firing=[],
        resolved=[],
        attempts=1,
        detail=receipt.detail,
        thread=receipt.thread,
        nonce="",
    )


def _entry(notice: Notice, phase: Phase, detail: str, thread: Labels) -> Notification:
    return Notification(
        id=notice.key,
        ts=0,
        phase=phase,
        group=notice.group,
        labels=notice.labels,
        receiver=notice.aim,
        seq=notice.seq,
        episode=notice.episode,
        reason=notice.reason,
        detail=detail,
        thread=thread,
    )
