"""Whether something keeps an alert from being told now: inhibition, intervals, silences, owners."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from streamgauge.alerting.matcher import show_labels
from streamgauge.alerting.routing.inhibitor import Inhibitor
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.plan import Interval, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.routing.silencer import Silencer
from streamgauge.contracts.alert import Ack, Silence


class Mute(msgspec.Struct, frozen=True):
    """Why an alert is not told; `by` names the alert, silence, interval or owner."""

    kind: Literal["inhibited", "interval", "silenced", "acknowledged"]
    by: str
    text: str
    until: int | None = None


class Mutes:
    """Everything that can keep an alert from being told, in Alertmanager's order."""

    def __init__(self, plan: Plan) -> None:
        self.silencer = Silencer()
        self.acks: dict[str, Ack] = {}
        self.follow(plan)

    def follow(self, plan: Plan) -> None:
        """Another configuration; silences and acknowledgements stay."""
        self.inhibitor = Inhibitor(plan.inhibitions)
        self._intervals: Mapping[str, Interval] = plan.intervals

    def forget(self, before: int) -> None:
        """Drop silences and acknowledgements that were over before a moment."""
        self.silencer.forget(before)
        self.acks = {name: ack for name, ack in self.acks.items() if ack.ends_at >= before}

    def interval(self, route: Route, now: int) -> str | None:
        """The time interval because of which a route is quiet now."""
        if route.active and not any(self._contains(name, now) for name in route.active):
            return f"outside {', '.join(route.active)}"
        return next((name for name in route.mute if self._contains(name, now)), None)

    def muted(self, known: Known, now: int) -> bool:
        """Whether an alert is inhibited or silenced."""
        return (
            self.inhibitor.source(known) is not None
            or self.silencer.silence(known, now) is not None
        )

    def ack(self, known: Known, now: int) -> Ack | None:
        """Who owns an alert now."""
        ack = self.acks.get(known.id)
        return ack if ack and ack.at <= now < ack.ends_at else None

    def why(self, known: Known, route: Route, now: int) -> Mute | None:
        """The first of the reasons, in words."""
        if source := self.inhibitor.source(known):
            return Mute(
                "inhibited",
                source.alert.fingerprint,
                f"inhibited by {show_labels(source.alert.labels)}",
            )
        if interval := self.interval(route, now):
            return Mute("interval", interval, f"muted by interval {interval}")
        if silence := self.silencer.silence(known, now):
            return Mute("silenced", silence.id, _say(silence), silence.ends_at)
        if ack := self.ack(known, now):
            text = f"acknowledged by {ack.owner}" + (f": {ack.note}" if ack.note else "")
            return Mute("acknowledged", ack.owner, text, ack.ends_at)
        return None

    def _contains(self, name: str, now: int) -> bool:
        interval = self._intervals.get(name)
        return interval is not None and interval.contains(now)


def _say(silence: Silence) -> str:
    return f"silenced by {silence.created_by} ({silence.id}): {silence.comment}"
