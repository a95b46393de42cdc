"""Reads the configuration's file. Nothing starts here: a wrong file leaves all as it was."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.alerting.configuration import (
    compatibility,
    foreign,
    redaction,
    secrecy,
    warning,
)
from streamgauge.alerting.configuration.entry import InhibitionEntry, file_type
from streamgauge.alerting.configuration.extension import ExtensionReader
from streamgauge.alerting.configuration.interval import read_intervals
from streamgauge.alerting.configuration.matching import check_name, read_all
from streamgauge.alerting.configuration.opener import Opener
from streamgauge.alerting.configuration.tree import Names, read_duration, read_root
from streamgauge.alerting.configuration.value import Configuration, Target
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.receivers import kinds
from streamgauge.alerting.receivers.console import Console
from streamgauge.alerting.receivers.receiver import Surroundings
from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route

# Keys whose values are labels: a value that is left out is empty, not absent.
_LABELS = frozenset(("match", "source_match", "target_match"))
_PATTERNS = frozenset(("match_re", "source_match_re", "target_match_re"))


def default() -> Configuration:
    """Without a file everything is printed, at once and one by one."""
    console = Target(
        "console/console", "console", True, 60.0, Console().open(None, Surroundings(folder=Path()))
    )
    route = Route(receiver="console", group_by=None, group_wait=0, group_interval=1_000)
    return Configuration(
        plan=Plan(route=route, receivers={"console": (Aim(console.name, True),)}),
        targets={console.name: console},
    )


def load(path: Path) -> Configuration:
    """Read and check a configuration; InputError names file, line and what was expected."""
    document = MarkedYaml(path)
    known = kinds()
    foreign.refuse(document, known)
    noted = compatibility.settle(document)
    whole = _settle(document)
    kind = file_type(known)
    dropped = list(foreign.drop_globals(document.tree, _shared_names(kind)))
    file: Any = document.convert(kind)
    templates, empty = _templates(path.parent, file.templates)
    extension = ExtensionReader(document, file.streamgauge, [one.name for one in file.receivers])
    surroundings = Surroundings(
        folder=path.parent,
        hosts=extension.hosts(),
        templates=templates,
        external_url=extension.external_url(),
    )
    extension.check_limits()
    groups = Opener(document, known, file.shared, surroundings).open_all(file.receivers)
    plan = _plan(document, file, groups, extension)
    return Configuration(
        plan=plan,
        targets={one.name: one for targets in groups.values() for one in targets},
        templates=templates,
        hosts=surroundings.hosts,
        external_url=surroundings.external_url,
        limits=file.streamgauge.limits,
        warnings=(*noted, *warning.find(document, plan, unread=dropped, empty=empty)),
        redacted=redaction.write(whole),
        sha256=_hash([path, *templates]),
    )


def _plan(
    document: MarkedYaml,
    file: Any,
    groups: Mapping[str, Sequence[Target]],
    extension: ExtensionReader,
) -> Plan:
    """Who is told what when; `groups` are the opened receivers by Alertmanager's names."""
    keys = ("mute_time_intervals", "time_intervals")
    intervals = read_intervals(document, {key: getattr(file, key) for key in keys})
    return Plan(
        route=read_root(document, file.route, Names(groups, intervals)),
        receivers={
            name: tuple(Aim(one.name, one.send_resolved) for one in targets)
            for name, targets in groups.items()
        },
        inhibitions=tuple(
            _inhibition(document, ("inhibit_rules", n), entry)
            for n, entry in enumerate(file.inhibit_rules)
        ),
        intervals=dict(intervals),
        escalations=extension.escalations(),
        digests=extension.digests(),
        watch=extension.watch(),
        resolve_timeout=read_duration(
            document, ("global", "resolve_timeout"), file.shared.resolve_timeout
        ),
    )


def _settle(document: MarkedYaml) -> dict[str, Any]:
    """Prepare the document for its Struct; returns what it says, without secrets."""
    tree = document.tree
    if not isinstance(tree, dict):
        raise document.error((), "expected a mapping with route and receivers")
    for key in ("global", "receivers"):
        if key in tree:
            tree[key] = secrecy.settle(document, tree[key], (key,))
    document.tree = _without_nulls(tree, "")
    return dict(document.tree)


def _without_nulls(tree: Any, key: str) -> Any:
    """A key without a value is as good as absent, except where values are labels."""
    if isinstance(tree, list):
        return [_without_nulls(item, key) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if key in _LABELS:
        return {name: "" if value is None else value for name, value in tree.items()}
    return {
        name: _without_nulls(value, name)
        for name, value in tree.items()
        if value is not None or key in _PATTERNS
    }


def _shared_names(kind: type[Any]) -> list[str]:
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return [field.encode_name for field in msgspec.structs.fields(types["shared"])]


def _inhibition(
    document: MarkedYaml, place: tuple[Step, ...], entry: InhibitionEntry
) -> Inhibition:
    source, target = (
        read_all(
            document,
            place,
            equal=getattr(entry, f"{side}_match"),
            regex=getattr(entry, f"{side}_match_re"),
            texts=getattr(entry, f"{side}_matchers"),
            prefix=f"{side}_",
        )
        for side in ("source", "target")
    )
    for number, label in enumerate(entry.equal):
        check_name(document, (*place, "equal", number), label)
    return Inhibition(source, target, tuple(entry.equal), entry.name)


def _templates(folder: Path, patterns: Sequence[str]) -> tuple[tuple[Path, ...], list[str]]:
    """Files of the patterns in their order, each once; and the patterns that name none."""
    found: dict[Path, None] = {}
    empty = []
    for pattern in patterns:
        # An absolute pattern replaces the folder.
        root = Path((folder / pattern).anchor or ".")
        files = sorted(
            path for path in root.glob(str((folder / pattern).relative_to(root))) if path.is_file()
        )
        found |= dict.fromkeys(files)
        if not files:
            empty.append(pattern)
    return tuple(found), empty


def _hash(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
