"""Watches what is new about a version: whether it has another schema, or goes by other features."""

import msgspec

from streamgauge.contracts.measure import Part
from streamgauge.contracts.reference import Reference
from streamgauge.detectors import schema
from streamgauge.detectors.importance import ImportanceDrift, Leaning
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

# It is news once, not for as long as the version lives.
_HOLD = 6


class VersionState(msgspec.Struct):
    """The references that were compared last, by their hashes."""

    compared: str = ""


class VersionWatcher:
    """Compares the references of a version and the one before it when either is new."""

    name = "version"
    state = VersionState

    def __init__(self) -> None:
        self._drift = ImportanceDrift()

    def start(self) -> VersionState:
        return VersionState()

    def wants(self, look: Look) -> bool:
        both = look.reference is not None and look.former is not None
        return both and not look.is_part and look.summary.source == "predictions"

    def look(self, state: VersionState, look: Look) -> Seen:
        assert look.reference is not None
        assert look.former is not None
        both = f"{look.former.hash} {look.reference.hash}"
        if state.compared == both:
            return NOTHING._replace(same=True)
        state.compared = both
        leaning = self._drift.judge(look.former.importances, look.reference.importances)
        found = [_leaning(leaning, look.reference)] if leaning.active else []
        found += _changes(look.former, look.reference)
        return Seen(leaning.values, {}, tuple(found))


def _leaning(leaning: Leaning, reference: Reference) -> Found:
    return Found(
        detector="importance",
        stream="importances",
        score=leaning.distance,
        before=0.0,
        after=leaning.distance,
        samples=reference.rows,
        reference=reference.hash,
        parts=leaning.parts,
        text=leaning.text,
        hold=_HOLD,
    )


def _changes(former: Reference, reference: Reference) -> list[Found]:
    changes = schema.compare(former.schema, reference.schema)
    if not changes:
        return []
    share = 1.0 / len(changes)
    return [
        Found(
            detector="version",
            stream="schema",
            score=float(len(changes)),
            before=float(len(former.schema)),
            after=float(len(reference.schema)),
            samples=reference.rows,
            reference=reference.hash,
            parts=[
                Part(name=one.feature, share=share, score=1.0, kind=one.kind, text=one.text)
                for one in changes
            ],
            text="; ".join(one.text for one in changes[:3]),
            hold=_HOLD,
        )
    ]
