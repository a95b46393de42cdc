"""Watches the data itself: schema, ranges, nulls, coverage, forms, consistency, duplicates, lag."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from streamgauge.contracts.reference import Category, Reference
from streamgauge.detection import Detection
from streamgauge.detectors.pattern_reader import PatternError
from streamgauge.detectors.quality import Assessment, Quality, QualityState, Window
from streamgauge.detectors.rule import Rule, RuleError, parse
from streamgauge.detectors.schema_check import Expected, FeatureCount, expect
from streamgauge.logs import log
from streamgauge.metrics.category import escape
from streamgauge.metrics.closed import Closed
from streamgauge.settings import InputError
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import Look, Seen

_KEPT = 200
# Measures of the window have these already.
_MEASURED = {"feature_out_of_range_ratio", "data_duplicate_ratio"}
# How a figure is labelled, where it is not by feature.
_LABEL = {"data_inconsistent_ratio": "rule"}


class QualityWatcher:
    """The schema of the reference in force, and the rules and forms of the settings.

    Without a reference only rules and duplicates are checked.
    """

    name = "quality"
    state = QualityState

    def __init__(self, settings: Detection) -> None:
        self._quality = Quality(passing=settings.pass_ratio)
        self._rules = {
            model: [_rule(model, text) for text in rules]
            for model, rules in settings.consistency.items()
        }
        self._formats = settings.formats
        self._expected: dict[tuple[str, str], dict[str, Expected]] = {}
        for model, formats in settings.formats.items():
            _check(model, formats)

    def start(self) -> QualityState:
        return self._quality.start()

    def wants(self, look: Look) -> bool:
        return not look.is_part and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        model = look.labels["model"]
        expected = {} if look.reference is None else self._expect(model, look.reference)
        sample = look.summary.sample
        age = (look.summary.end - max(sample.ts)) / 1_000 if sample.ts else None
        window = Window(look.summary.count, _counts(look.closed), sample, age)
        rules: Sequence[Rule] = self._rules.get(model, ())
        found = self._quality.assess(state, window, expected, rules)
        values, samples = _figures(found)
        return Seen(values, samples, (_found(found, look),) if found.issue else ())

    def _expect(self, model: str, reference: Reference) -> dict[str, Expected]:
        key = (model, reference.hash)
        made = self._expected.get(key)
        if made is None:
            if len(self._expected) >= _KEPT:
                self._expected.clear()
            schema = dict(reference.schema)
            for name, pattern in self._formats.get(model, {}).items():
                field = schema.get(name)
                if isinstance(field, Category):
                    schema[name] = msgspec.structs.replace(field, pattern=pattern)
            made = _expected(msgspec.structs.replace(reference, schema=schema))
            self._expected[key] = made
        return made


def _expected(reference: Reference) -> dict[str, Expected]:
    try:
        return expect(reference)
    except PatternError as error:
        # Somebody else's reference: all but its forms is checked.
        log.error("a reference has a form that cannot be read", reason=str(error))
        plain = {
            name: msgspec.structs.replace(field, pattern=None)
            if isinstance(field, Category)
            else field
            for name, field in reference.schema.items()
        }
        return expect(msgspec.structs.replace(reference, schema=plain))


def _counts(closed: Closed) -> dict[str, FeatureCount]:
    return {
        name: FeatureCount(one.known, one.null, one.text, one.out, one.categories)
        for name, one in closed.features.items()
    }


def _figures(found: Assessment) -> tuple[dict[str, float], dict[str, int]]:
    values = {name: one for name, one in found.values.items() if name not in _MEASURED}
    for name, ratios in found.ratios.items():
        if name in _MEASURED:
            continue
        label = _LABEL.get(name, "feature")
        values |= {f'{name}{{{label}="{escape(of)}"}}': share for of, share in ratios.items()}
    samples = {"data_quality_pass_ratio": found.rows} if found.rows else {}
    return values, samples


def _found(found: Assessment, look: Look) -> Found:
    first = found.parts[0] if found.parts else None
    return Found(
        detector="schema",
        stream="data",
        score=0.0 if first is None else first.score,
        before=0.0,
        after=0.0 if first is None else first.score,
        samples=look.summary.count,
        finding="DATA_QUALITY_ISSUE",
        reference="" if look.reference is None else look.reference.hash,
        parts=found.parts,
        sample=found.sample,
        text=found.text,
    )


def _rule(model: str, text: str) -> Rule:
    try:
        return parse(text)
    except RuleError as error:
        raise InputError(f"detection.consistency.{model}: {error}") from None


def _check(model: str, formats: Mapping[str, str]) -> None:
    from streamgauge.detectors.pattern import Pattern

    for name, pattern in formats.items():
        try:
            Pattern(pattern)
        except PatternError as error:
            raise InputError(f"detection.formats.{model}.{name}: {error}") from None
