"""Alertmanager's kinds of receivers that we do not have."""

from collections.abc import Collection, Iterator
from typing import Any

from streamgauge.alerting.configuration.entry import CONFIGS
from streamgauge.alerting.marked_yaml import MarkedYaml

# Alertmanager 0.34; `slack`, `email`, `pagerduty` and `webhook` are ours too.
_KINDS = frozenset(
    (
        *("discord", "incidentio", "jira", "mattermost", "msteams", "msteamsv2", "opsgenie"),
        *("pushover", "rocketchat", "sns", "telegram", "victorops", "webex", "wechat"),
    )
)


def refuse(document: MarkedYaml, known: Collection[str]) -> None:
    """InputError at the first receiver that nobody here can tell, and what can instead."""
    tree = document.tree
    entries = tree.get("receivers") if isinstance(tree, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        for key in entry if isinstance(entry, dict) else ():
            kind = key.removesuffix(CONFIGS)
            if kind in known or not key.endswith(CONFIGS):
                continue
            ours = ", ".join(name + CONFIGS for name in sorted(known))
            hint = (
                f"Alertmanager's {kind} is not built in; apprise reaches it (apprise{CONFIGS})"
                if kind in _KINDS
                else f"unknown kind {key}"
            )
            raise document.error(("receivers", number, key), f"{hint}; expected one of {ours}")


def drop_globals(tree: dict[str, Any], known: Collection[str]) -> Iterator[str]:
    """Take fields of `global` out that concern those kinds alone; yields their names."""
    shared = tree.get("global")
    if not isinstance(shared, dict):
        return
    for name in list(shared):
        kind = name.partition("_")[0]
        if kind in _KINDS and name not in known:
            del shared[name]
            yield name
