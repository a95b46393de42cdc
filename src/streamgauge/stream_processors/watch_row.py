"""After an alarm on features: whether whole rows are told apart from those before, and by what."""

from typing import Any

import msgspec

from streamgauge.contracts.summary import Sample
from streamgauge.detectors.domain_classifier import DomainClassifier
from streamgauge.detectors.reservoir import Reservoir
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watch_feature import STREAM as FEATURES
from streamgauge.stream_processors.watcher import Look, Seen

# Of each time: what a classifier can live with, and a state of some 100 KB with 20 features.
_ROWS = 600
_ENOUGH = 400


class RowState(msgspec.Struct):
    """Rows from before the alarm and since, and what the classifier said of this alarm."""

    before: Reservoir
    after: Reservoir
    judged: bool = False
    found: Found | None = None


class RowWatcher:
    """The domain classifier: asked once an alarm, for it takes a second."""

    name = "row"
    state = RowState

    def __init__(self) -> None:
        self._classifier = DomainClassifier()

    def start(self) -> RowState:
        return RowState(Reservoir(), Reservoir())

    def wants(self, look: Look) -> bool:
        rows = bool(look.summary.sample.features) and not look.is_part
        return rows and look.summary.source == "predictions"

    def look(self, state: Any, look: Look) -> Seen:
        alarmed = any(one.stream == FEATURES for one in look.found)
        sample = look.summary.sample
        if not alarmed:
            same = not len(state.after)
            before, state.before = state.before, _add(state.before, sample)
            state.after, state.judged, state.found = Reservoir(), False, None
            return Seen(same=same and state.before is before)
        if state.judged:
            return Seen(found=() if state.found is None else (state.found,), same=True)
        state.after = _add(state.after, sample)
        if len(state.after) < _ENOUGH or len(state.before) < _ENOUGH:
            return Seen()
        state.judged = True
        return self._judge(state, look)

    def _judge(self, state: RowState, look: Look) -> Seen:
        apart = self._classifier.judge(state.before.columns, state.after.columns)
        values = {"domain_classifier_auc": apart.auc, "domain_classifier_p": apart.p}
        if apart.active:
            first = apart.parts[0].name if apart.parts else "nothing alone"
            state.found = Found(
                detector="domain_classifier",
                stream="rows",
                score=apart.auc,
                before=0.5,
                after=apart.auc,
                samples=apart.rows,
                reference="" if look.reference is None else look.reference.hash,
                parts=apart.parts,
                text=f"rows from before and after are told apart (AUC {apart.auc:.2f}),"
                f" most of all by {first}",
            )
        held = () if state.found is None else (state.found,)
        return Seen(values, dict.fromkeys(values, apart.rows), held)


def _add(rows: Reservoir, sample: Sample) -> Reservoir:
    return rows.add(sample.id, sample.features, size=_ROWS)
