"""Where an alert stands: inactive, pending or firing, as Prometheus' rules/alerting.go has it.

Pure; one condition, one moment of time. Rule groups and the judge both walk by it.
"""

from typing import Literal, NamedTuple


class Phase(NamedTuple):
    """A state; since when its condition holds, and since when it no longer does. Times in ms."""

    state: Literal["inactive", "pending", "firing"]
    active_at: int = 0
    keep_since: int | None = None


INACTIVE = Phase("inactive")


def advance(phase: Phase, *, met: bool, since: int, at: int, hold: int, keep: int) -> Phase:
    """The phase after a judgement at `at`; a condition that is met now holds since `since`.

    It fires when it has held for `hold`. A firing one goes on for `keep` after the first judgement
    that found it no longer met; a pending one does not.

    >>> phase = advance(INACTIVE, met=True, since=0, at=0, hold=60, keep=60)
    >>> phase.state, advance(phase, met=True, since=60, at=60, hold=60, keep=60).state
    ('pending', 'firing')
    """
    if not met:
        if phase.state != "firing":
            return INACTIVE
        keep_since = at if phase.keep_since is None else phase.keep_since
        if at - keep_since >= keep:
            return INACTIVE
        return Phase("firing", phase.active_at, keep_since)
    active_at = since if phase.state == "inactive" else phase.active_at
    firing = phase.state == "firing" or at - active_at >= hold
    return Phase("firing" if firing else "pending", active_at)
