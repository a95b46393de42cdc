"""Watches whether a version goes by other features than the version before it."""

import msgspec

from streamgauge.detectors.importance import ImportanceDrift
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

# It is news once, not for as long as the version lives.
_HOLD = 6


class ImportanceState(msgspec.Struct):
    """The references that were compared last, by their hashes."""

    compared: str = ""


class ImportanceWatcher:
    """Compares the importances of the references of two versions when either is new."""

    name = "importance"
    state = ImportanceState

    def __init__(self) -> None:
        self._drift = ImportanceDrift()

    def start(self) -> ImportanceState:
        return ImportanceState()

    def wants(self, look: Look) -> bool:
        if look.is_part or look.summary.source != "predictions":
            return False
        both = (look.reference, look.former)
        return all(one is not None and one.importances for one in both)

    def look(self, state: ImportanceState, look: Look) -> Seen:
        assert look.reference is not None
        assert look.former is not None
        both = f"{look.former.hash} {look.reference.hash}"
        if state.compared == both:
            return NOTHING._replace(same=True)
        state.compared = both
        leaning = self._drift.judge(look.former.importances, look.reference.importances)
        if not leaning.active:
            return Seen(leaning.values)
        found = Found(
            detector="importance",
            stream="importances",
            score=leaning.distance,
            before=0.0,
            after=leaning.distance,
            samples=look.reference.rows,
            reference=look.reference.hash,
            parts=leaning.parts,
            text=leaning.text,
            hold=_HOLD,
        )
        return Seen(leaning.values, {}, (found,))
