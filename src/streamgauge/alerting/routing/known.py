"""An alert as it is known now."""

from typing import TYPE_CHECKING

import msgspec

from streamgauge.contracts.alert import Alert

if TYPE_CHECKING:
    from streamgauge.alerting.routing.group import Group


class Known(msgspec.Struct, eq=False):
    """The newest record of an alert, and since when its episode is known (`at`, ms)."""

    alert: Alert
    id: str
    at: int
    groups: list["Group"] = []

    @classmethod
    def of(cls, alert: Alert, at: int) -> "Known":
        """The first record of an alert."""
        return cls(alert, alert.episode_id, at)

    @property
    def resolved(self) -> bool:
        """Whether it is over."""
        return self.alert.state == "resolved"

    def take(self, alert: Alert, at: int) -> bool:
        """Replace it by a newer record; False if that is none: a replay's, long overtaken."""
        old = self.alert
        if alert.updated_at < old.updated_at:
            return False
        if alert.episode == old.episode:
            if self.resolved and alert.state != "resolved":
                return False
        else:
            self.id, self.at = alert.episode_id, at
        self.alert = alert
        return True
