"""Whether an integration has to be told: Alertmanager's notification log and its truth table."""

from collections.abc import Set as AbstractSet

import msgspec

from streamgauge.alerting.routing.notice import Notice, Reason


class Told(msgspec.Struct, frozen=True, gc=False):
    """What an integration of a group knows: the newest entry of the ledger about both.

    `firing` and `resolved` are `fingerprint-episode`; `at` is the notice's time in milliseconds.
    Not `delivered` is an intent whose outcome nobody knows. `over` has what earlier entries told to
    be over, as far back as a replay goes: in a replay it ends again.
    """

    seq: int
    episode: str
    at: int
    firing: frozenset[str] = frozenset()
    resolved: frozenset[str] = frozenset()
    delivered: bool = True
    over: frozenset[str] = frozenset()

    @classmethod
    def of(cls, notice: Notice) -> "Told":
        """What is known once a notice has arrived."""
        return cls(
            notice.seq,
            notice.episode,
            notice.at,
            frozenset(notice.firing),
            frozenset(notice.resolved),
        )


def needs(
    told: Told | None,
    firing: AbstractSet[str],
    resolved: AbstractSet[str],
    *,
    send_resolved: bool,
    repeat: int,
    now: int,
) -> Reason | None:
    """Why the integration has to be told now, None if it knows (DedupStage.needsUpdate).

    That everything is over is a reason even where nobody wants to hear of resolved alerts, so that
    those that fire again are new ones.

    >>> told = Told(1, "e", 0, frozenset({"a-1", "b-1"}))
    >>> needs(told, {"a-1"}, {"b-1"}, send_resolved=True, repeat=10, now=10)
    'resolved'
    >>> needs(told, {"a-1"}, {"b-1"}, send_resolved=False, repeat=10, now=10)
    """
    if told is None:
        return "new" if firing else None
    if not firing <= told.firing:
        return "new"
    if not firing:
        return "resolved" if told.firing else None
    if send_resolved and not resolved <= told.resolved:
        return "resolved"
    return "repeat" if told.at < now - repeat else None
