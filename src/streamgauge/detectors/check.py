"""One check of the data: how often it is broken, how often it may be, and how to say so."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from streamgauge.contracts.measure import Part, Picture

Kind = Literal["missing", "null", "type", "range", "unseen", "format", "rule", "duplicate"]

_WORDS: dict[Kind, str] = {
    "missing": "not sent",
    "null": "null",
    "type": "of the wrong type",
    "range": "out of range",
    "unseen": "never seen before",
    "format": "of the wrong form",
    "rule": "contradictory",
    "duplicate": "sent twice",
}


class Check(NamedTuple):
    """What was checked is broken in `hits` of `samples`, and a share of `allowed` may be."""

    kind: Kind
    hits: int
    samples: int
    allowed: float = 0.0

    @property
    def share(self) -> float:
        """How much of it is broken."""
        return self.hits / self.samples if self.samples > 0 else 0.0

    def odds(self, slip: float = 0.0) -> float:
        """The chance of so many hits or more, if what is allowed and `slip` more went wrong.

        >>> Check("null", 3, 3).odds(0.5)
        0.125
        """
        if self.hits <= 0:
            return 1.0
        from scipy.special import betainc

        share = self.allowed + slip
        if share >= 1.0:
            return 1.0
        return float(betainc(self.hits, self.samples - self.hits + 1, share))


def ranked(issues: Sequence[tuple[str, Check]]) -> list[tuple[str, Check]]:
    """The issues, by name, that are farthest above what is allowed first."""
    return sorted(issues, key=lambda item: (item[1].allowed - item[1].share, item[0], item[1].kind))


def parts(issues: Sequence[tuple[str, Check]]) -> list[Part]:
    """Ranked issues as a signal carries them, with their shares of all that is above the allowed.

    >>> parts([("age", Check("null", 10, 100, 0.02))])[0].text
    'age: 10 % null, at most 2 % expected'
    """
    total = sum(one.share - one.allowed for _, one in issues)
    return [
        Part(
            name=name,
            share=(one.share - one.allowed) / total,
            score=one.share,
            kind="check",
            text=_text(name, one),
            before=Picture(shares=[1.0 - one.allowed, one.allowed], names=["right", one.kind]),
            after=Picture(shares=[1.0 - one.share, one.share], names=["right", one.kind]),
        )
        for name, one in issues
    ]


def _text(name: str, one: Check) -> str:
    expected = f", at most {_percent(one.allowed)} expected" if one.allowed else ""
    return f"{name}: {_percent(one.share)} {_WORDS[one.kind]}{expected}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
