"""One thing to tell one integration: a group's alerts as they are now, and why it is told."""

from hashlib import sha256
from typing import Literal

import msgspec

from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels

Reason = Literal[
    "new",  # something fires that was not told
    "repeat",  # repeat_interval is over
    "resolved",  # something told is over
    "escalated",  # nobody acknowledged in time
    "acknowledged",  # those who were told hear that somebody owns it
    "digest",
    "watch",  # the notifier itself: judge or merge are silent
]


_LONGEST = 255


class Notice(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a receiver is handed.

    `group` is Alertmanager's group key; `labels` what the group has in common. `episode` is the
    same from the group's first notice until nothing of it fires any more: PagerDuty's key and the
    thread of mails and of Slack. `seq` counts the notices of (`group`, `aim`) from 1. `alerts`
    have those that fire first. `muted` counts those of the group that are not shown. Times in ms.
    """

    group: str
    labels: Labels
    receiver: str
    aim: str
    seq: int
    episode: str
    reason: Reason
    why: str
    at: int
    alerts: tuple[Alert, ...]
    muted: int = 0
    # What the integration knows once it has been told: ids for the ledger. `alerts` can have less,
    # for example no resolved ones where nobody wants to hear of them.
    firing: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    # Receivers of an escalation or an acknowledgement say in words what happened.
    text: str = ""

    @property
    def key(self) -> str:
        """What identifies it: told again after a crash, it has the same key."""
        return f"{self.episode_key}/{self.seq}"

    @property
    def episode_key(self) -> str:
        """What all notices of an episode to one integration have in common.

        The integration is part of it, since order is kept within one integration only.
        """
        return f"{self.group}/{self.aim}/{self.episode}"

    @property
    def name(self) -> str:
        """The key where others leave little room, in headers for example: a long one's hash."""
        if len(self.key) <= _LONGEST:
            return self.key
        return sha256(self.key.encode("utf-8", "backslashreplace")).hexdigest()

    @property
    def whole(self) -> bool:
        """Whether `alerts` has all that fires of what the integration knows."""
        shown = {alert.episode_id for alert in self.alerts}
        return all("-".join(name.split("-")[:2]) in shown for name in self.firing)

    @property
    def fires(self) -> bool:
        """Whether anything of it still fires."""
        return any(alert.state == "firing" for alert in self.alerts)
