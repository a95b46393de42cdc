"""Files of objectives: `slos:` with `name`, `objective` and what counts as bad."""

from typing import Any

import msgspec

from streamgauge.alerting.authoring.slo import Slo, expand
from streamgauge.alerting.marked_yaml import MarkedYaml
from streamgauge.alerting.promql.parse import parse


class SloFile(msgspec.Struct, forbid_unknown_fields=True):
    """Such a file as it stands."""

    slos: list[Slo]


def is_slo(tree: Any) -> bool:
    """Whether a document is such a file."""
    return isinstance(tree, dict) and "slos" in tree


def read(document: MarkedYaml) -> dict[str, Any]:
    """Such a file as a tree of Prometheus' rule file; InputError names file and line."""
    groups: list[dict[str, Any]] = []
    names: set[str] = set()
    for number, slo in enumerate(document.convert(SloFile).slos):
        place = ("slos", number)
        if slo.name in names:
            raise document.error((*place, "name"), f"slo {slo.name}: expected a name of its own")
        names.add(slo.name)
        try:
            groups.append(expand(slo))
            for rule in groups[-1]["rules"]:
                parse(rule["expr"])
        except ValueError as error:
            raise document.error(place, f"slo {slo.name}: {error}") from None
    return {"groups": groups}
