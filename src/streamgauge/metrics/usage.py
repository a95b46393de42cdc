"""What people do with the features that models stand behind."""

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args, get_type_hints

import numpy as np

from streamgauge.business import Business
from streamgauge.contracts.usage import Usage
from streamgauge.metrics import category
from streamgauge.metrics.base import Marks, Metric, Named
from streamgauge.metrics.business import figures
from streamgauge.metrics.column import Ints
from streamgauge.metrics.event_column import EventColumns, HasEvents
from streamgauge.metrics.layout import Layout

_EVENTS: tuple[str, ...] = get_args(get_type_hints(Usage)["event"])
_CODE = {name: code for code, name in enumerate(_EVENTS, 1)}


class UsageEvents(Metric[EventColumns]):
    """`usage_count` of all events, `usage_event_count{event=...}` of each kind.

    `usage_scans_per_session` are scans that started by sessions that did.
    """

    name = "usage_event"
    width = 1 + len(_EVENTS)

    def marks(self, batch: EventColumns) -> Iterable[Marks]:
        kinds = np.array([_CODE[event.event] for event in batch.events], np.int64)
        return (Marks(np.zeros(len(batch), np.int64)), Marks(kinds))

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        values = {"usage_count": float(cells[0])}
        for name, code in _CODE.items():
            if cells[code]:
                values[f'usage_event_count{{event="{name}"}}'] = float(cells[code])
        if sessions := int(cells[_CODE["session_start"]]):
            values["usage_scans_per_session"] = int(cells[_CODE["scan_started"]]) / sessions
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells[0])
        samples = {"usage_count": total, "usage_event_count": total}
        if sessions := int(cells[_CODE["session_start"]]):
            samples["usage_scans_per_session"] = sessions
        return samples


class UsedFeatures(Named[EventColumns]):
    """`usage_feature_ratio{feature=...}` of the times that a feature was used."""

    name = "usage_feature_ratio"
    label = "feature"

    def column(self, batch: EventColumns) -> Sequence[str | None]:
        return [one.feature if one.event == "feature_used" else None for one in batch.events]

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        return category.shares(self.name, self.label, counts, sum(counts.values()))

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        return {self.name: sum(counts.values())}


def usage_layout(definitions: Mapping[str, Business]) -> Layout[EventColumns]:
    """All that is measured of usage, with the figures that the business defines."""
    own: tuple[Metric[HasEvents], ...] = figures(definitions, "usage")
    return Layout[EventColumns]((UsageEvents(), *own), (UsedFeatures(),))
