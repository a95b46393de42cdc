"""One service on the page: is it up, what has it loaded, does it lose events."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure
from streamgauge.dashboard.figure import value
from streamgauge.dashboard.state import State

N = TypeVar("N", int, float)
HOUR = 3_600_000
# Four heartbeats at their default pace: one lost packet is no outage.
SILENCE = 20_000


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the instances of one service say together.

    `up` counts the instances that lately said that they are healthy. `uptime` is the share of
    healthy heartbeats in the windows of the last hour. `fallback` says that another answers
    in place of a model. A part that no instance mentions is null.
    """

    service: str
    instances: int
    up: int
    at: int
    models: dict[str, bool]
    cache: bool | None
    fallback: bool | None
    features: bool | None
    uptime: float | None
    queue_depth: int | None
    in_flight: int | None
    cpu: float | None
    memory: int | None
    sent: int
    dropped: int
    failed: int


def service_rows(state: State, now: int) -> list[ServiceRow]:
    """All services heard in the last hour, by name."""
    beats: dict[str, list[Heartbeat]] = {}
    for beat in state.heartbeats.values():
        if beat.ts > now - HOUR:
            beats.setdefault(beat.service, []).append(beat)
    uptimes = {name: uptime(measures) for name, measures in _measures(state, now).items()}
    return [_row(name, beats[name], uptimes.get(name), now) for name in sorted(beats)]


def is_up(beat: Heartbeat, now: int) -> bool:
    return beat.healthy and beat.ts > now - SILENCE


def uptime(measures: Iterable[Measure]) -> float | None:
    """The mean of `service_up` over complete windows, or nothing where none says.

    A window that is still open may lack a heartbeat that is on its way.
    """
    shares = [
        share
        for measure in measures
        if measure.final and (share := value(measure, "service_up")) is not None
    ]
    return sum(shares) / len(shares) if shares else None


def _measures(state: State, now: int) -> dict[str, list[Measure]]:
    found: dict[str, list[Measure]] = {}
    for series in state.series.values():
        if series.labels.keys() == {"service"}:
            found.setdefault(series.labels["service"], []).extend(series.since(now - HOUR))
    return found


def _row(name: str, beats: list[Heartbeat], share: float | None, now: int) -> ServiceRow:
    # An instance that was replaced must not keep its last word for an hour.
    live = [beat for beat in beats if beat.ts > now - SILENCE] or [max(beats, key=_ts)]
    models: dict[str, bool] = {}
    for beat in live:
        for model, loaded in beat.models.items():
            models[model] = models.get(model, True) and loaded
    return ServiceRow(
        service=name,
        instances=len(live),
        up=sum(is_up(beat, now) for beat in live),
        at=max(beat.ts for beat in beats),
        models=models,
        cache=_all(beat.cache for beat in live),
        fallback=_any(beat.fallback for beat in live),
        features=_all(beat.features for beat in live),
        uptime=share,
        queue_depth=_sum(beat.queue_depth for beat in live),
        in_flight=_sum(beat.in_flight for beat in live),
        cpu=_sum(beat.cpu for beat in live),
        memory=_sum(beat.memory for beat in live),
        sent=sum(beat.sent for beat in live),
        dropped=sum(beat.dropped for beat in live),
        failed=sum(beat.failed for beat in live),
    )


def _ts(beat: Heartbeat) -> int:
    return beat.ts


def _all(words: Iterable[bool | None]) -> bool | None:
    """Whether everybody who mentions it says yes.

    >>> _all([True, None]), _all([True, False]), _all([None])
    (True, False, None)
    """
    said = [word for word in words if word is not None]
    return all(said) if said else None


def _any(words: Iterable[bool | None]) -> bool | None:
    said = [word for word in words if word is not None]
    return any(said) if said else None


def _sum(numbers: Iterable[N | None]) -> N | None:
    known = [number for number in numbers if number is not None]
    return sum(known[1:], known[0]) if known else None
