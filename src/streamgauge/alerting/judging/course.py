"""Where an alert stands after a judgement, and what of it is to be told. Pure."""

import msgspec
from msgspec.structs import replace

from streamgauge.alerting.judging.phase import INACTIVE, Phase
from streamgauge.contracts.alert import Alert, State


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """Where an alert stands after a judgement."""

    state: State
    episode: int
    starts_at: int
    ends_at: int | None = None
    flapping: bool = False
    peak: float | None = None


def course_of(alert: Alert) -> Course:
    """Where an alert stands by its last record."""
    return Course(
        state=alert.state,
        episode=alert.episode,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
        flapping=alert.flapping,
        peak=alert.peak,
    )


def decide(
    standing: Course | None, before: Phase, after: Phase, at: int, *, flaps: bool
) -> Course | None:
    """What to tell of the way between two phases; None if nothing is to be told.

    `standing` is what was told last, of an episode that goes on or is over. One that `flaps` fires
    on while its condition comes and goes.
    """
    active = standing is not None and standing.ends_at is None
    if standing is not None and active and (before != INACTIVE or standing.flapping):
        if flaps:
            return replace(standing, state="firing", flapping=True)
        if after == INACTIVE or (standing.flapping and after.state != "firing"):
            state: State = "resolved" if standing.state == "firing" else "pending"
            return replace(standing, state=state, ends_at=at, flapping=False)
        fires = after.state == "firing"
        return replace(standing, state="firing", flapping=False) if fires else None
    if after == INACTIVE and not flaps:
        return None
    return Course(
        state="firing" if flaps or after.state == "firing" else "pending",
        episode=standing.episode + 1 if standing else 1,
        starts_at=at if after == INACTIVE else after.active_at,
        flapping=flaps,
    )
