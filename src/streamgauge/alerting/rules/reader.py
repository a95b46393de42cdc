"""Rule files in Prometheus' format: read, checked, and named by line where they are wrong."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.promql.error import OutsideSubsetError
from streamgauge.alerting.promql.expression import Expression
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.rules.extension import ExtensionError, read_extension
from streamgauge.alerting.rules.rule import SEVERITIES, AlertingRule, Group, RecordingRule, Rule
from streamgauge.alerting.template import template
from streamgauge.alerting.template.template import NOWHERE, External
from streamgauge.contracts.event import Labels
from streamgauge.settings import InputError

_LABEL_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_METRIC_NAME = re.compile(r"[a-zA-Z_:][\w:]*", re.ASCII)


class RuleEntry(msgspec.Struct, forbid_unknown_fields=True, rename={"hold": "for"}):
    """A rule as it stands in the file: one that alerts or one that records."""

    expr: str
    alert: str | None = None
    record: str | None = None
    hold: str = "0"
    keep_firing_for: str = "0"
    labels: Labels = {}
    annotations: Labels = {}


class GroupEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A group as it stands in the file.

    `interval` is for `rules test` and for Prometheus; the judge evaluates when a measure arrives.
    """

    name: str
    rules: list[RuleEntry] = []
    interval: str = "0"
    query_offset: str = "0"
    limit: int = 0
    labels: Labels = {}


class FileEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A rule file as it stands."""

    groups: list[GroupEntry]


def shipped_rules() -> list[Path]:
    """The rule files that come with streamgauge."""
    return sorted(Path(__file__).parent.glob("*.yml"))


def load_groups(paths: Iterable[Path]) -> list[Group]:
    """Read rule files in the given order; InputError names file, line, group and rule."""
    groups = [group for path in paths for group in _read(path)]
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], Rule] = {}
    for rule in (rule for group in groups for rule in group.rules):
        if isinstance(rule, RecordingRule):
            continue
        # Alerts are told apart by name and labels: two such rules would overwrite each other.
        identity = (rule.name, tuple(sorted(rule.labels.items())))
        if twin := seen.setdefault(identity, rule):
            if twin is rule:
                continue
            raise InputError(
                f"{rule.place}: alert {rule.name} has the name and labels of the one at"
                f" {twin.place}; expected another name or another label"
            )
    return groups


def load_rules(paths: Iterable[Path], external: External = NOWHERE) -> list[Rule]:
    """The rules of all groups, in order, their texts in a place; errors as `load_groups`."""
    return [rule for group in load_groups(paths) for rule in placed(group.rules, external)]


def placed(rules: Iterable[Rule], external: External) -> list[Rule]:
    """The same rules, whose texts know where they come from."""
    if external == NOWHERE:
        return list(rules)
    return [
        msgspec.structs.replace(rule, external=external) if isinstance(rule, AlertingRule) else rule
        for rule in rules
    ]


def _read(path: Path) -> list[Group]:
    document = MarkedYaml(path)
    file = document.convert(FileEntry)
    groups: list[Group] = []
    for number, entry in enumerate(file.groups):
        place: tuple[Step, ...] = ("groups", number)
        if not entry.name or any(entry.name == group.name for group in groups):
            raise document.error(
                (*place, "name"), f"group {entry.name!r}: expected a name that no other group has"
            )
        reader = _Reader(document, place, f"group {entry.name}")
        reader.check_labels(entry.labels, filled=False)
        if entry.limit < 0:
            raise reader.error("limit", "expected a whole number, 0 for none")
        groups.append(
            Group(
                name=entry.name,
                rules=tuple(
                    _rule(document, (*place, "rules", index), entry, rule)
                    for index, rule in enumerate(entry.rules)
                ),
                interval=reader.duration("interval", entry.interval),
                query_offset=reader.duration("query_offset", entry.query_offset),
                place=f"{path}:{document.line((*place, 'name'))}",
            )
        )
    return groups


def _rule(document: MarkedYaml, place: Sequence[Step], group: GroupEntry, entry: RuleEntry) -> Rule:
    kind = "alert" if entry.record is None else "record"
    name = entry.alert if entry.record is None else entry.record
    reader = _Reader(document, place, f"group {group.name}, rule {name}")
    if name is None or (entry.record is not None and entry.alert is not None):
        raise document.error(place, f"group {group.name}: a rule needs one of alert and record")
    if not name.strip():
        raise document.error((*place, kind), f"group {group.name}: an {kind} needs a name")
    expression = reader.expression(entry.expr)
    hold = reader.duration("for", entry.hold)
    keep = reader.duration("keep_firing_for", entry.keep_firing_for)
    line = f"{document.path}:{document.line((*place, kind))}"
    labels = group.labels | entry.labels
    reader.check_labels(entry.labels, filled=kind == "alert")
    if kind == "record":
        if not _METRIC_NAME.fullmatch(name):
            raise reader.error("record", f"{name!r} cannot be the name of a series")
        given = {"for": hold, "keep_firing_for": keep, "annotations": entry.annotations}
        if foreign := next((field for field, there in given.items() if there), None):
            raise reader.error(foreign, "a recording rule has none")
        return RecordingRule(
            name=name,
            group=group.name,
            expression=expression,
            limit=group.limit,
            labels=labels,
            place=line,
        )
    reader.check_texts("annotations", entry.annotations)
    try:
        extension = read_extension(entry.annotations, expression, hold)
    except ExtensionError as error:
        raise reader.wrong(("annotations", error.annotation), str(error)) from None
    return AlertingRule(
        name=name,
        group=group.name,
        expression=expression,
        hold=hold,
        keep=keep,
        limit=group.limit,
        labels=labels,
        annotations=entry.annotations,
        extension=extension,
        place=line,
    )


class _Reader:
    """Reads parts of one rule or group; what is wrong is named with its line and whose it is."""

    def __init__(self, document: MarkedYaml, place: Sequence[Step], who: str) -> None:
        self._document = document
        self._place = tuple(place)
        self._who = who

    def wrong(self, steps: Sequence[Step], message: str) -> InputError:
        return self._document.error((*self._place, *steps), f"{self._who}: {message}")

    def error(self, field: str, message: str) -> InputError:
        return self.wrong((field,), f"{field}: {message}")

    def expression(self, text: str) -> Expression:
        try:
            return parse(text)
        except OutsideSubsetError as error:
            raise self.wrong(("expr",), str(error)) from None

    def duration(self, field: str, text: str) -> int:
        try:
            return duration.milliseconds(text)
        except ValueError as error:
            raise self.error(field, str(error)) from None

    def check_labels(self, labels: Labels, *, filled: bool) -> None:
        """Whether labels can be joined; only those that are `filled` may have places."""
        self.check_texts("labels", labels)
        for name, text in labels.items():
            if not filled and "{{" in text:
                raise self.wrong(
                    ("labels", name), f"label {name}: templates are for rules that alert"
                )
        severity = labels.get("severity", SEVERITIES[0])
        if severity not in SEVERITIES and "{{" not in severity:
            raise self.wrong(
                ("labels", "severity"),
                f"severity {severity!r}; expected {', '.join(SEVERITIES)}",
            )

    def check_texts(self, kind: str, texts: Labels) -> None:
        for name, text in texts.items():
            if not _LABEL_NAME.fullmatch(name) or name in ("__name__", "alertname"):
                raise self.wrong((kind, name), f"{name!r} cannot be a name in {kind}")
            try:
                template.check(text)
            except ValueError as error:
                raise self.wrong((kind, name), f"{name}: {error}") from None
