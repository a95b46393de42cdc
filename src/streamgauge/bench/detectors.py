"""How good every detector is, and what detecting costs: `streamgauge bench detectors`."""

from streamgauge.bench.detector.candidate import ALWAYS_FIRE, candidates
from streamgauge.bench.detector.scorecard import Card, Effort, score
from streamgauge.bench.detector.stream import WINDOW
from streamgauge.bench.outcome import Outcome

_FULL = Effort(changes=40, worlds=5, calm=1_000_000)
_QUICK = Effort(changes=3, worlds=1, calm=20_000)


def run(*, events: int | None = None, quick: bool = False) -> Outcome:
    """Score all detectors; `events` are those of each stream without a change."""
    effort = _QUICK if quick else _FULL
    if events:
        effort = effort._replace(calm=events)
    cards = [score(candidate, effort) for candidate in candidates()]
    figures = _worst(cards)
    for card in cards:
        figures |= card.figures()
    amount = (
        f"windows of {WINDOW} events, {effort.changes} repetitions of each change, "
        f"{effort.calm:,} events of each stream without one, seed {effort.seed}"
    )
    notes = [amount, *[line for card in cards for line in _by_stream(card)]]
    return Outcome(figures=figures, notes=notes)


def _worst(cards: list[Card]) -> dict[str, float]:
    """False alarms of the detector that has most of them; the dummy is none."""
    real = [card for card in cards if card.name != ALWAYS_FIRE]
    return {
        "false_alarms_per_million": max(card.false_per_million["stationary"] for card in real),
    }


def _by_stream(card: Card) -> list[str]:
    return [
        f"{card.name}, {name}: delay {found.median_delay:,.0f}, recall {found.recall:.2f}, "
        f"precision {found.precision:.2f}"
        for name, found in card.found.items()
    ]
