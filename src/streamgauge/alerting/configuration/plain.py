"""The file again, for people and for Alertmanager's tools."""

from typing import Any

import yaml

_SHARED = ("route", "inhibit_rules", "time_intervals", "mute_time_intervals", "templates")


def write(tree: dict[str, Any]) -> str:
    """YAML that amtool reads: routes, inhibitions, intervals, and the names of receivers.

    What Alertmanager might not know, such as our kinds of receivers, stands in comments below.
    Secrets are in neither: the tree has none, only names of files and variables.
    """
    shared = tree.get("global") or {}
    plain: dict[str, Any] = {}
    if "resolve_timeout" in shared:
        plain["global"] = {"resolve_timeout": shared["resolve_timeout"]}
    plain |= {key: tree[key] for key in _SHARED if key in tree}
    plain["receivers"] = [{"name": entry["name"]} for entry in tree.get("receivers", ())]
    rest = {key: tree[key] for key in ("global", "receivers", "streamgauge") if tree.get(key)}
    comment = "".join(f"# {line}\n" for line in _dump(rest).splitlines())
    return _dump(plain) + comment


def _dump(tree: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=1_000)
    return text
