"""Rule files as the first users wrote them: a list of `name`, `condition`, `severity`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.authoring import sugar
from streamgauge.alerting.authoring.measure_name import units
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.rules.rule import DEFAULT_SEVERITY, SEVERITIES
from streamgauge.contracts.event import Labels

# Keys under which such a list may stand; a file may as well be the list itself.
_KEYS = ("alerts", "rules")
_FORMATS = {
    "s": " | humanizeDuration",
    "share": " | humanizePercentage",
    "bytes": " | humanize",
    "bytes/s": " | humanize",
}


class SugarEntry(msgspec.Struct, forbid_unknown_fields=True):
    """A rule as it stands in such a file."""

    name: str
    condition: str
    severity: str = DEFAULT_SEVERITY
    labels: Labels = {}
    annotations: Labels = {}


class SugarFile(msgspec.Struct, forbid_unknown_fields=True):
    """The list, under one of its keys."""

    alerts: list[SugarEntry] = []
    rules: list[SugarEntry] = []


def is_sugar(tree: Any) -> bool:
    """Whether a document is such a list."""
    if isinstance(tree, list):
        return True
    return isinstance(tree, dict) and any(isinstance(tree.get(key), list) for key in _KEYS)


def expand(document: MarkedYaml) -> dict[str, Any]:
    """Such a file as a tree of Prometheus' rule file; InputError names file and line."""
    rules = []
    if isinstance(document.tree, list):
        found: list[tuple[tuple[Step, ...], SugarEntry]] = [
            ((number,), entry) for number, entry in enumerate(document.convert(list[SugarEntry]))
        ]
    else:
        file = document.convert(SugarFile)
        found = [
            ((key, number), entry)
            for key in _KEYS
            for number, entry in enumerate(getattr(file, key))
        ]
    names: set[str] = set()
    for place, entry in found:
        if not entry.name.strip() or entry.name in names:
            raise document.error(
                (*place, "name"), f"rule {entry.name!r}: expected a name that no other rule has"
            )
        names.add(entry.name)
        rules.append(_rule(document, place, entry))
    return {"groups": [{"name": document.path.stem, "rules": rules}]}


def _rule(document: MarkedYaml, place: Sequence[Step], entry: SugarEntry) -> dict[str, Any]:
    try:
        condition = sugar.read(entry.condition)
    except sugar.SugarError as error:
        raise document.error((*place, "condition"), f"rule {entry.name}: {error}") from None
    severity = entry.severity.lower()
    if severity not in SEVERITIES:
        raise document.error(
            (*place, "severity"),
            f"rule {entry.name}: severity {entry.severity!r}; expected {', '.join(SEVERITIES)}",
        )
    rule: dict[str, Any] = {"alert": entry.name, "expr": condition.expr}
    if condition.hold:
        rule["for"] = duration.show(condition.hold)
    unit = units().get(condition.expr.partition(" ")[0].partition("{")[0], "")
    rule["labels"] = entry.labels | {"severity": severity}
    rule["annotations"] = {
        "summary": f"{entry.condition}: it is {{{{ $value{_FORMATS.get(unit, '')} }}}}",
        **entry.annotations,
    }
    return rule
