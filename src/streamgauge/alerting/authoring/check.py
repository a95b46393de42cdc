"""`streamgauge rules check`: which files are wrong, and what in the others looks wrong."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.alerting.authoring import convert
from streamgauge.alerting.authoring.trap import find
from streamgauge.alerting.authoring.warning import Warned, of_rule
from streamgauge.alerting.configuration.stand_in import load
from streamgauge.alerting.marked_yaml import MarkedYaml
from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.settings import InputError


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one file; `error` is empty where the file is good."""

    file: str
    rules: int = 0
    error: str = ""
    warnings: list[Warned] = []


def check(*files: Path, notifier: Path | None = None, json: bool = False) -> None:
    """Check rule files, the shipped ones if none is named.

    Prints a line per file and one per warning; exits 2 if a file is wrong.

    Parameters
    ----------
    files
        YAML in the format of Prometheus' rule files, or what `rules convert` reads.
    notifier
        A notifier's configuration: also say what in it no alert of these rules can reach.
    json
        Print one JSON array.

    """
    paths = files or tuple(shipped_rules())
    found = [checked(path) for path in paths]
    if notifier:
        found.append(_unreached(notifier, [one for one in found if not one.error]))
    if json:
        print(msgspec.json.encode(found).decode())
    for one in found:
        if one.error:
            print(one.error, file=sys.stderr)
        elif not json:
            print(f"{one.file}: {one.rules} rules, good" if one.rules else f"{one.file}: good")
            for warned in one.warnings:
                rule = f"{warned.rule}: " if warned.rule else ""
                print(f"{warned.place}: warning: {rule}{warned.text}")
    if wrong := sum(bool(one.error) for one in found):
        raise InputError(f"{wrong} of {len(found)} files are wrong")
    load_rules(path for path in paths if convert.is_rule_file(MarkedYaml(path).tree))


def checked(path: Path) -> Checked:
    """Read one file and look at each of its rules."""
    try:
        document = MarkedYaml(path)
        if not convert.is_rule_file(document.tree):
            return Checked(file=str(path), rules=_count(convert.expand(document)))
        rules = load_rules([path])
    except InputError as error:
        return Checked(file=str(path), error=str(error))
    written = [entry for group in document.tree["groups"] for entry in group.get("rules") or []]
    recorded = {entry["record"] for entry in written if "record" in entry}
    entries = zip(rules, written, strict=True)
    return Checked(
        file=str(path),
        rules=len(written),
        warnings=[
            warned
            for rule, entry in entries
            if isinstance(rule, AlertingRule)
            for warned in of_rule(rule, entry.get("labels") or {}, recorded)
        ],
    )


def _unreached(path: Path, good: Sequence[Checked]) -> Checked:
    """What a notifier's configuration says of itself, and of alerts that nobody makes."""
    try:
        configured = load(path)
    except InputError as error:
        return Checked(file=str(path), error=str(error))
    files = [Path(one.file) for one in good]
    rules = [
        rule
        for rule in load_rules(one for one in files if convert.is_rule_file(MarkedYaml(one).tree))
        if isinstance(rule, AlertingRule)
    ]
    return Checked(
        file=str(path),
        warnings=[
            *(Warned(*_placed(text)) for text in configured.warnings),
            *(Warned(str(path), "", text) for text in find(configured.plan, rules)),
        ],
    )


def _placed(text: str) -> tuple[str, str, str]:
    """A configuration's own warning, which begins with file and line."""
    place, _, said = text.partition(": ")
    return place, "", said


def _count(tree: dict[str, Any]) -> int:
    return sum(len(group["rules"]) for group in tree["groups"])
