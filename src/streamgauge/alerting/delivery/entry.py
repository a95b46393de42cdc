"""Notices as entries of the ledger. Pure."""

from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.event import Labels
from streamgauge.contracts.notification import Notification


def intent(notice: Notice, thread: Labels) -> Notification:
    """The entry before a message; with the thread so far, so that no older one is needed."""
    return Notification(
        id=notice.key,
        ts=notice.at,
        phase="intent",
        group=notice.group,
        labels=notice.labels,
        receiver=notice.aim,
        seq=notice.seq,
        episode=notice.episode,
        reason=notice.reason,
        firing=list(notice.firing),
        resolved=list(notice.resolved),
        detail=notice.text,
        thread=thread,
    )


def result(
    notice: Notice, attempts: int, detail: str, thread: Labels, *, delivered: bool
) -> Notification:
    """The entry after a message, or after the last try; the ledger says when."""
    return Notification(
        id=notice.key,
        ts=0,
        phase="delivered" if delivered else "failed",
        group=notice.group,
        labels=notice.labels,
        receiver=notice.aim,
        seq=notice.seq,
        episode=notice.episode,
        reason=notice.reason,
        attempts=attempts,
        detail=detail,
        thread=thread,
    )
