"""What one integration of a group knows, and what is on its way to it."""

import msgspec

from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim
from streamgauge.alerting.routing.told import Told
from streamgauge.contracts.alert import Ack


class Line(msgspec.Struct, eq=False):
    """At most one notice is on its way; so nothing overtakes anything.

    `covered` is the newest turn of the group that is settled here, `late` that a flush came while a
    notice was on its way. `replayed` is up to when a run before this one has told everything, or
    None if this run has begun by itself.
    """

    aim: Aim
    told: Told | None = None
    seq: int = 0
    covered: int = 0
    notice: Notice | None = None
    turn: int = 0
    late: bool = False
    replayed: int | None = None
    acks: list[Ack] = []

    @property
    def doubtful(self) -> bool:
        """Whether nobody knows if its newest notice arrived."""
        return self.told is not None and not self.told.delivered

    def send(self, notice: Notice, turn: int) -> Notice:
        """A notice is on its way."""
        self.notice, self.turn, self.seq = notice, turn, notice.seq
        return notice

    def pass_on(self, aim: Aim) -> "Line":
        """The same line in a group that has come anew, with what is on its way."""
        return Line(
            aim, self.told, self.seq, notice=self.notice, replayed=self.replayed, acks=self.acks
        )

    def settle(self, told: Told | None) -> None:
        """It has arrived, or failed for good (None); what failed is owed at the next flush."""
        self.notice = None
        if told is not None:
            if self.told and self.told.over:
                told = msgspec.structs.replace(told, over=self.told.over)
            self.told, self.covered, self.replayed = told, self.turn, None
