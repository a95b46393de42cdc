"""Data quality of a closed window: what breaks the schema, how often, and whether that is an issue.

A check is an issue where it is broken by a share that matters (`floor` above what the reference
allows) and that chance does not explain: the binomial chance of so many, if one in a thousand went
wrong anyway, is below `chance`. Data is in a critical state where the sampled rows that pass all
checks are, beyond doubt, fewer than `passing`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from streamgauge.contracts.measure import Part
from streamgauge.contracts.summary import Sample
from streamgauge.detectors.check import Check, parts, ranked
from streamgauge.detectors.latch import Latch, LatchState
from streamgauge.detectors.row_check import Rows
from streamgauge.detectors.rule import Rule
from streamgauge.detectors.schema_check import Expected, FeatureCount, check

# What goes wrong wherever software runs.
_SLIP = 0.001
_DOUBT = 1e-3
_IDS = 10
DUPLICATES = "duplicates"
_MEASURES = {
    "type": "feature_type_error_ratio",
    "range": "feature_out_of_range_ratio",
    "unseen": "feature_unseen_ratio",
    "format": "feature_format_error_ratio",
}


class Window(NamedTuple):
    """What a window is judged by: all its predictions as counts, some of them as rows.

    `age` is how long ago the newest one was made, `lag` how long they took to get here, both in
    seconds and where known.
    """

    predictions: int
    features: Mapping[str, FeatureCount]
    sample: Sample = Sample()
    age: float | None = None
    lag: float | None = None


class QualityState(msgspec.Struct):
    """What holds: an issue, a critical state."""

    issue: LatchState = msgspec.field(default_factory=LatchState)
    critical: LatchState = msgspec.field(default_factory=LatchState)


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What a window's data is like.

    `ratios` are measures by feature (`rule` for `data_inconsistent_ratio`), `values` those without
    a label; `rows` stand behind `data_quality_pass_ratio`. `parts` are the issues, the largest
    first, `sample` ids of rows that show them. `issue` and `critical` hold until some windows in a
    row are fine.
    """

    ratios: dict[str, dict[str, float]]
    values: dict[str, float]
    rows: int
    parts: list[Part]
    sample: list[str]
    issue: bool
    critical: bool
    text: str


class Quality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="quality"):
    """The parameters; see the module. Ages and lags are in seconds, 0 for no limit."""

    floor: float = 0.01
    chance: float = 1e-6
    least: int = 50
    passing: float = 0.95
    margin: float = 0.1
    most_age: float = 0.0
    most_lag: float = 0.0
    latch: Latch = Latch(begin=1, end=5)

    def start(self) -> QualityState:
        """Before any window."""
        return QualityState()

    def assess(
        self,
        state: QualityState,
        window: Window,
        expected: Mapping[str, Expected],
        rules: Sequence[Rule] = (),
    ) -> Assessment:
        """Judge a window against `expect(reference)` and the rules; changes the state."""
        held = {
            name: check(one, window.features.get(name, FeatureCount()), window.predictions)
            for name, one in expected.items()
        }
        rows = Rows(window.sample, expected, rules, self.margin)
        every = [(name, one) for name, checks in held.items() for one in checks]
        every += [*rows.checks.items(), (DUPLICATES, rows.again)]
        issues = ranked([(name, one) for name, one in every if self._bad(one)])
        found = parts(issues) + self._late(window)
        bad = bool(found) if window.predictions or window.age is not None else None
        return Assessment(
            ratios=_ratios(held, rows),
            values=_values(window, rows),
            rows=rows.size,
            parts=found,
            sample=rows.evidence(issues, _IDS),
            issue=self.latch.step(state.issue, bad),
            critical=self.latch.step(state.critical, self._critical(rows)),
            text="; ".join(part.text for part in found[:3]),
        )

    def _critical(self, rows: Rows) -> bool | None:
        if rows.size < self.least:
            return None
        failing = Check("rule", rows.size - rows.fine, rows.size, 1.0 - self.passing)
        return failing.share > failing.allowed and failing.odds() < _DOUBT

    def _late(self, window: Window) -> list[Part]:
        limits = (("freshness", window.age, self.most_age), ("lag", window.lag, self.most_lag))
        return [
            Part(
                name=name,
                share=1.0,
                score=seconds,
                kind="check",
                text=f"{name}: {seconds:.0f} s, at most {most:.0f} s expected",
            )
            for name, seconds, most in limits
            if seconds is not None and 0 < most < seconds
        ]

    def _bad(self, one: Check) -> bool:
        return (
            one.samples >= self.least
            and one.share >= one.allowed + self.floor
            and one.odds(_SLIP) < self.chance
        )


def _ratios(held: Mapping[str, Sequence[Check]], rows: Rows) -> dict[str, dict[str, float]]:
    ratios: dict[str, dict[str, float]] = {}
    for name, every in held.items():
        for one in every:
            if not one.samples:
                continue
            if one.kind in {"missing", "null"}:
                ratios.setdefault("feature_coverage_ratio", {})[name] = 1.0 - one.share
            else:
                ratios.setdefault(_MEASURES[one.kind], {})[name] = one.share
    if rows.checks:
        ratios["data_inconsistent_ratio"] = {name: one.share for name, one in rows.checks.items()}
    return ratios


def _values(window: Window, rows: Rows) -> dict[str, float]:
    values: dict[str, float] = {}
    if rows.size:
        values["data_quality_pass_ratio"] = rows.fine / rows.size
    if rows.again.samples:
        values["data_duplicate_ratio"] = rows.again.share
    if window.age is not None:
        values["data_freshness_seconds"] = window.age
    if window.lag is not None:
        values["data_lag_seconds"] = window.lag
    return values
