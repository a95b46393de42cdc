"""`/monitoring/health` and `/monitoring/retraining-triggers`: what the detectors say of a model."""

import msgspec

from streamgauge.contracts.measure import Finding, Measure, Part, Signal
from streamgauge.dashboard.ml_metrics import UnknownValueError
from streamgauge.dashboard.model_row import model_series
from streamgauge.dashboard.series import key_of
from streamgauge.dashboard.state import State

_HEALTH = "model_health"
_RETRAINING: Finding = "RETRAINING_RECOMMENDED"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that holds, since when (event time, ms), and what it is made of."""

    finding: Finding
    detector: str
    stream: str
    direction: str
    score: float
    before: float
    after: float
    since: int
    samples: int
    reference: str
    text: str
    parts: list[Part]
    predictions: list[str]


class VersionHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One version: the score from 0 to 100 and its parts, null before a window has closed."""

    version: str
    at: int | None
    score: float | None
    parts: dict[str, float]
    figures: dict[str, float]
    findings: list[Told]


class ModelHealth(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of a model that have been seen."""

    model_id: str
    versions: list[VersionHealth]


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a version should be trained again, why, and what speaks for it by now."""

    version: str
    recommended: bool
    since: int | None
    reason: str
    findings: list[Told]


class Triggers(msgspec.Struct, frozen=True, kw_only=True):
    """All versions of a model that have been seen; nothing is ever retrained by itself."""

    model_id: str
    versions: list[Trigger]


def model_health(state: State, model: str) -> ModelHealth:
    """What the detectors say of each version."""
    return ModelHealth(
        model_id=model,
        versions=[
            _version_health(version, _watched(state, model, version), _told(state, model, version))
            for version in _versions(state, model)
        ],
    )


def triggers(state: State, model: str) -> Triggers:
    """Whether each version should be trained again."""
    found = []
    for version in _versions(state, model):
        told = _told(state, model, version)
        asked = next((one for one in told if one.finding == _RETRAINING), None)
        found.append(
            Trigger(
                version=version,
                recommended=asked is not None,
                since=None if asked is None else asked.since,
                reason="" if asked is None else asked.text,
                findings=[one for one in told if one.finding != _RETRAINING],
            )
        )
    return Triggers(model_id=model, versions=found)


def _versions(state: State, model: str) -> list[str]:
    found = {
        series.labels["version"]
        for series in model_series(state)
        if series.labels["model"] == model
    }
    if not found:
        raise UnknownValueError("model_id", f"no model {model!r} has been seen")
    return sorted(found)


def _watched(state: State, model: str, version: str) -> list[Measure]:
    key = key_of({"model": model, "version": version})
    return [one for (of, _), one in state.watched.items() if of == key]


def _version_health(version: str, measures: list[Measure], told: list[Told]) -> VersionHealth:
    figures = {name: value for one in measures for name, value in one.values.items()}
    parts = {
        name.partition('part="')[2].rstrip('"}'): figures.pop(name)
        for name in list(figures)
        if name.startswith(_HEALTH + "_part{")
    }
    return VersionHealth(
        version=version,
        at=max((one.end for one in measures), default=None),
        score=figures.pop(_HEALTH + "_score", None),
        parts=parts,
        figures=figures,
        findings=told,
    )


def _told(state: State, model: str, version: str) -> list[Told]:
    wanted = {"model": model, "version": version}
    signals = [
        one for one in state.signals.values() if one.active and one.labels.items() >= wanted.items()
    ]
    return [_of(one) for one in sorted(signals, key=lambda one: (one.finding, one.start, one.id))]


def _of(signal: Signal) -> Told:
    return Told(
        finding=signal.finding,
        detector=signal.detector,
        stream=signal.stream,
        direction=signal.direction,
        score=signal.score,
        before=signal.before,
        after=signal.after,
        since=signal.start,
        samples=signal.samples,
        reference=signal.reference,
        text=signal.text,
        parts=signal.parts,
        predictions=signal.sample,
    )
