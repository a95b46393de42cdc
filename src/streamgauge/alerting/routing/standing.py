"""How an alert or a group stands now, for those who look: who is told, and what mutes it."""

from typing import Literal

import msgspec

from streamgauge.alerting.routing.group import Group
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.event import Labels


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An alert; `state` is Alertmanager's word."""

    alert: Alert
    receivers: tuple[str, ...]
    state: Literal["active", "suppressed", "unprocessed"]
    inhibited_by: tuple[str, ...] = ()
    silenced_by: tuple[str, ...] = ()


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A group: alerts that are told together."""

    key: str
    labels: Labels
    receiver: str
    alerts: tuple[Standing, ...]


def stand(known: Known, mutes: Mutes, now: int) -> Standing:
    """How an alert stands."""
    source = mutes.inhibitor.source(known)
    silence = mutes.silencer.silence(known, now)
    flushed = any(group.turn for group in known.groups)
    muted = source is not None or silence is not None
    return Standing(
        alert=known.alert,
        receivers=tuple(dict.fromkeys(group.route.receiver for group in known.groups)),
        state="suppressed" if muted else "active" if flushed else "unprocessed",
        inhibited_by=(source.alert.fingerprint,) if source else (),
        silenced_by=(silence.id,) if silence else (),
    )


def cluster(group: Group, mutes: Mutes, now: int) -> Cluster:
    """How a group stands."""
    return Cluster(
        key=group.key,
        labels=group.labels,
        receiver=group.route.receiver,
        alerts=tuple(stand(known, mutes, now) for known in group.members),
    )
