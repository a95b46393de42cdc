"""What an outcome means for a prediction, given those that came before it. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from streamgauge.contracts.outcome import Outcome
from streamgauge.metrics.column import NAME_LENGTH
from streamgauge.metrics.label import Truth, Verdict

# A prediction whose truth changes more often is somebody's mistake; it must not cost us memory.
MOST_FACTS = 32


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one outcome said of its prediction."""

    ts: int
    revision: int
    truth: Truth
    reward: float | None = None

    @classmethod
    def of(cls, outcome: Outcome) -> "Fact":
        """The part of an outcome that is remembered; prose is cut where a class is."""
        truth = outcome.truth
        if isinstance(truth, str):
            truth = truth[:NAME_LENGTH]
        return cls(outcome.ts, outcome.revision, truth, outcome.reward)

    def says(self) -> tuple[str, str]:
        """What it claims, whoever says it when; of two claims of one time the larger one holds."""
        return repr(self.truth), repr(self.reward)


class Held(NamedTuple):
    """The label that holds, and the newest revision and time at which anybody said the same."""

    fact: Fact
    revision: int
    ts: int


class Judged(NamedTuple):
    """What became of an outcome; `old` is the label that it replaces, if it replaces one."""

    verdict: Verdict
    old: Fact | None = None


def judge(before: Sequence[Fact], fact: Fact) -> Judged:
    """What an outcome is after those that came before it, first to last.

    A higher revision replaces a lower one. Without a difference in revision the later time holds,
    which makes two different truths a conflict. A correction without anything to correct is
    unmatched and changes nothing. So does whatever comes after MOST_FACTS others.

    >>> first, better = Fact(1, 0, "cat"), Fact(2, 1, "dog")
    >>> judge([], first).verdict, judge([first], better).verdict, judge([first], first).verdict
    ('label', 'correction', 'duplicate')
    >>> judge([first], better).old.truth
    'cat'
    """
    held: Held | None = None
    for one in before:
        _, held = _step(held, one)
    judged, _ = _step(held, fact)
    changes = judged.verdict in {"label", "correction"} or judged.old is not None
    if len(before) >= MOST_FACTS and changes:
        return Judged("conflict")
    return judged


def _step(held: Held | None, fact: Fact) -> tuple[Judged, Held | None]:
    now = Held(fact, fact.revision, fact.ts)
    if held is None:
        return (Judged("unmatched"), None) if fact.revision else (Judged("label"), now)
    if fact.says() == held.fact.says():
        revision, ts = max((held.revision, held.ts), (fact.revision, fact.ts))
        return Judged("duplicate"), Held(held.fact, revision, ts)
    if fact.revision < held.revision:
        # What was corrected already and comes late: it says nothing that is not known.
        return Judged("duplicate"), held
    if fact.revision > held.revision:
        return Judged("correction", held.fact), now
    if (fact.ts, fact.says()) > (held.ts, held.fact.says()):
        return Judged("conflict", held.fact), now
    return Judged("conflict"), held
