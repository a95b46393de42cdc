"""What can go wrong in a simulation, and when."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(ge=0.0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Fault(
    msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True, tag_field="kind"
):
    """Holds from `start` for `duration` seconds, counted from the first second of the simulation.

    `models` names those that it strikes; all of them, if none is named.
    """

    start: Seconds = 0.0
    duration: Annotated[float, msgspec.Meta(gt=0.0)] = float("inf")
    models: tuple[str, ...] = ()


class Latency(Fault, tag="latency", frozen=True):
    """Each inference takes this much longer."""

    milliseconds: Annotated[float, msgspec.Meta(ge=0.0, le=60_000.0)]


class Errors(Fault, tag="errors", frozen=True):
    """A share of the requests fails in the service."""

    share: Share


class Drift(Fault, tag="drift", frozen=True):
    """One feature arrives as `factor` times itself plus `offset`; the truth does not follow."""

    feature: str
    factor: float = 1.0
    offset: float = 0.0


class Outage(Fault, tag="outage", frozen=True):
    """Nobody asks: no traffic, while the service lives."""


class ServiceDown(Fault, tag="service_down", frozen=True):
    """The service dies: no heartbeats, no answers. `unhealthy`: it lives, but lost its models."""

    unhealthy: bool = False


class LateLabels(Fault, tag="late_labels", frozen=True):
    """Truths of predictions made now come this many seconds later than usual."""

    delay: Seconds


AnyFault = Latency | Errors | Drift | Outage | ServiceDown | LateLabels


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """All faults that strike a model at one moment, taken together."""

    latency_ms: float = 0.0
    errors: float = 0.0
    drifts: tuple[Drift, ...] = ()
    outage: bool = False
    down: bool = False
    unhealthy: bool = False
    down_for: float = 0.0
    label_delay: float = 0.0


def conditions(faults: Iterable[AnyFault], at: float, model: str | None = None) -> Conditions:
    """What holds `at` seconds after the start for a model, or for the whole service.

    >>> slow = Latency(start=15, duration=10, milliseconds=200)
    >>> [conditions([slow], at).latency_ms for at in (14.9, 15, 25)]
    [0.0, 200.0, 0.0]
    """
    latency = errors = down_for = delay = 0.0
    drifts: list[Drift] = []
    outage = down = unhealthy = False
    for fault in faults:
        if not fault.start <= at < fault.start + fault.duration:
            continue
        if fault.models and model is not None and model not in fault.models:
            continue
        match fault:
            case Latency():
                latency += fault.milliseconds
            case Errors():
                # Independent causes: a request survives only if it survives each of them.
                errors = 1 - (1 - errors) * (1 - fault.share)
            case Drift():
                drifts.append(fault)
            case Outage():
                outage = True
            case ServiceDown():
                down, unhealthy = down or not fault.unhealthy, unhealthy or fault.unhealthy
                down_for = max(down_for, fault.start + fault.duration - at)
            case LateLabels():
                delay += fault.delay
    return Conditions(
        latency_ms=latency,
        errors=errors,
        drifts=tuple(drifts),
        outage=outage,
        down=down,
        unhealthy=unhealthy,
        down_for=down_for,
        label_delay=delay,
    )
