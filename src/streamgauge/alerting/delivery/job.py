"""A notice on its way through a channel, and what became of it."""

from secrets import token_hex

import msgspec

from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.event import Labels


class Job(msgspec.Struct, eq=False):
    """A notice on its way; `again` if nobody knows whether it was told before. Seconds.

    Intents and a receipt know each other by the `nonce`.
    """

    notice: Notice
    thread: Labels
    again: bool
    put_at: float
    attempts: int = 0
    began: float = 0.0
    pause: float = 0.5
    nonce: str = msgspec.field(default_factory=lambda: token_hex(8))


class Outcome(msgspec.Struct, frozen=True):
    """What became of a notice; `thread` is what the other side calls its messages by now."""

    notice: Notice
    delivered: bool
    thread: Labels
