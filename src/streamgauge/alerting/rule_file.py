"""Rule files in Prometheus' format: read, checked, and named by line where they are wrong."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting import duration, template
from streamgauge.alerting.expression import Comparison, OutsideSubsetError
from streamgauge.alerting.expression import parse as parse_expression
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.rule import DEFAULT_SEVERITY, SEVERITIES, Rule
from streamgauge.contracts.event import Labels
from streamgauge.settings import InputError

RESERVED = "streamgauge_"
MIN_SAMPLES = RESERVED + "min_samples"
# An open window starts with one event: a share of one is 0 or 1 and says nothing.
MIN_SAMPLES_OPEN = 20

_LABEL_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
# Counts and rates are exact whatever they count: only what is observed needs observations.
_NOT_OBSERVED = ("_count", "_rate", "_rate_per_minute")


class RuleEntry(msgspec.Struct, forbid_unknown_fields=True, rename={"hold": "for"}):
    """A rule as it stands in the file."""

    alert: str
    expr: str
    hold: str = "0"
    labels: Labels = {}
    annotations: Labels = {}


class GroupEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A group as it stands in the file.

    `interval` is read for the sake of existing files; rules are judged when a measure arrives.
    """

    name: str
    rules: list[RuleEntry] = []
    interval: str = "0"


class FileEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A rule file as it stands."""

    groups: list[GroupEntry]


def shipped_rules() -> list[Path]:
    """The rule files that come with streamgauge."""
    return sorted((Path(__file__).parent / "rules").glob("*.yml"))


def load_rules(paths: Iterable[Path]) -> list[Rule]:
    """Read rule files in the given order; InputError names file, line, group and rule."""
    rules = [rule for path in paths for rule in _read(path)]
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], Rule] = {}
    for rule in rules:
        # Alerts are told apart by name and labels: two such rules would overwrite each other.
        identity = (rule.name, tuple(sorted(rule.labels.items())))
        if twin := seen.setdefault(identity, rule):
            if twin is rule:
                continue
            raise InputError(
                f"{rule.place}: alert {rule.name} has the name and labels of the one at"
                f" {twin.place}; expected another name or another label"
            )
    return rules


def _read(path: Path) -> list[Rule]:
    document = MarkedYaml(path)
    file = document.convert(FileEntry)
    rules = []
    groups: set[str] = set()
    for number, group in enumerate(file.groups):
        place: tuple[Step, ...] = ("groups", number)
        if not group.name or group.name in groups:
            raise document.error(
                (*place, "name"), f"group {group.name!r}: expected a name that no other group has"
            )
        groups.add(group.name)
        _duration(document, (*place, "interval"), group.interval, f"group {group.name}")
        names: set[str] = set()
        for index, entry in enumerate(group.rules):
            rule = _rule(document, (*place, "rules", index), group, entry)
            if rule.name in names:
                raise document.error(
                    (*place, "rules", index, "alert"),
                    f"group {group.name}: duplicate alert {rule.name}",
                )
            names.add(rule.name)
            rules.append(rule)
    return rules


def _rule(document: MarkedYaml, place: Sequence[Step], group: GroupEntry, entry: RuleEntry) -> Rule:
    who = f"group {group.name}, rule {entry.alert}"
    if not entry.alert.strip():
        raise document.error((*place, "alert"), f"group {group.name}: an alert needs a name")
    try:
        comparison = parse_expression(entry.expr)
    except OutsideSubsetError as error:
        raise document.error((*place, "expr"), f"{who}: {error}") from None
    hold = _duration(document, (*place, "for"), entry.hold, who)
    _check_texts(document, place, entry, who)
    severity = entry.labels.get("severity", DEFAULT_SEVERITY)
    if severity not in SEVERITIES:
        raise document.error(
            (*place, "labels", "severity"),
            f"{who}: severity {severity!r}; expected {', '.join(SEVERITIES)}",
        )
    return Rule(
        name=entry.alert,
        group=group.name,
        expr=" ".join(entry.expr.split()),
        comparison=comparison,
        hold=hold,
        min_samples=_min_samples(document, place, entry, comparison, who),
        labels=entry.labels | {"severity": severity},
        annotations=entry.annotations,
        place=f"{document.path}:{document.line((*place, 'alert'))}",
    )


def _duration(document: MarkedYaml, place: Sequence[Step], text: str, who: str) -> int:
    try:
        return duration.milliseconds(text)
    except ValueError as error:
        raise document.error(place, f"{who}: {place[-1]}: {error}") from None


def _check_texts(document: MarkedYaml, place: Sequence[Step], entry: RuleEntry, who: str) -> None:
    for kind, texts in (("labels", entry.labels), ("annotations", entry.annotations)):
        for name, text in texts.items():
            at = (*place, kind, name)
            if not _LABEL_NAME.fullmatch(name) or name in ("__name__", "alertname"):
                raise document.error(at, f"{who}: {name!r} cannot be a name in {kind}")
            if kind == "labels":
                if "{{" in text:
                    raise document.error(at, f"{who}: label {name}: templates are for annotations")
                continue
            if name.startswith(RESERVED) and name != MIN_SAMPLES:
                raise document.error(at, f"{who}: unknown {name}; expected {MIN_SAMPLES}")
            try:
                template.check(text)
            except ValueError as error:
                raise document.error(at, f"{who}: {name}: {error}") from None


def _min_samples(
    document: MarkedYaml,
    place: Sequence[Step],
    entry: RuleEntry,
    comparison: Comparison,
    who: str,
) -> int:
    text = entry.annotations.get(MIN_SAMPLES)
    if text is not None:
        if not text.isascii() or not text.isdecimal() or len(text) > 15:
            raise document.error(
                (*place, "annotations", MIN_SAMPLES),
                f"{who}: {MIN_SAMPLES}: {text!r}; expected a whole number",
            )
        return int(text)
    metric = comparison.metric
    observed = metric.startswith(("prediction_", "api_")) and not metric.endswith(_NOT_OBSERVED)
    if not observed:
        return 0
    return 1 if duration.milliseconds(entry.hold) else MIN_SAMPLES_OPEN
