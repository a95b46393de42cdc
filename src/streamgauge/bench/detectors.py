"""How good every detector is, and what detecting costs: `streamgauge bench detectors`."""

from streamgauge.bench.detector.candidate import ALWAYS_FIRE, FEATURES, ON_REQUEST, RATE, candidates
from streamgauge.bench.detector.cost import costs
from streamgauge.bench.detector.matched import match_adwin
from streamgauge.bench.detector.scorecard import Card, Effort, score
from streamgauge.bench.detector.simulated import rate_name, table_name
from streamgauge.bench.detector.stream import WINDOW
from streamgauge.bench.outcome import Outcome

_FULL = Effort(changes=100, worlds=5, calm=2_500_000, matched=(20_000_000, 400), timed=300)
_QUICK = Effort(changes=3, worlds=1, calm=20_000, matched=(200_000, 20), timed=30)
# The promised delays: an error rate of a tenth, times so much.
_PROMISED = {"delay_x1_5": 1.5, "delay_x2": 2.0, "delay_x3": 3.0}


def run(*, events: int | None = None, quick: bool = False, matched: bool = False) -> Outcome:
    """Score all detectors; `events` are those of each stationary stream.

    With `matched` it also compares the e-process of rates with an ADWIN that is tuned to it.
    """
    effort = _QUICK if quick else _FULL
    if events:
        effort = effort._replace(calm=events)
    cards = [score(candidate, effort) for candidate in candidates()]
    figures = _overall({card.name: card for card in cards})
    for card in cards:
        figures |= card.figures()
    amount = (
        f"windows of {WINDOW} events, {effort.changes} repetitions of each change, "
        f"{effort.calm:,} events of each stationary stream, a fifth of both for detectors "
        f"of single values, seed {effort.seed}"
    )
    notes = [amount, *[line for card in cards for line in _by_stream(card)]]
    if matched:
        calm, repetitions = effort.matched
        found = match_adwin(calm, repetitions, effort.seed)
        figures |= found.figures()
        notes.append(
            f"matched: ADWIN with delta {found.delta:.2g}; false alarms on {calm:,} events, "
            f"{repetitions} repetitions of each change, seed {effort.seed}"
        )
    spent, ratios = costs(timed=effort.timed)
    return Outcome(figures=figures | spent, ratios=ratios, notes=notes)


def _overall(cards: dict[str, Card]) -> dict[str, float]:
    """False alarms of the detector that has most of them, and the promised delays.

    The dummy does not count, nor do those that watch on request only.
    """
    false = [
        card.false_per_million["stationary"]
        for name, card in cards.items()
        if name not in {ALWAYS_FIRE, *ON_REQUEST}
    ]
    rates = cards[RATE].found
    delays = {
        figure: rates[rate_name(0.1, times)].median_delay for figure, times in _PROMISED.items()
    }
    small = cards[FEATURES].found[table_name(0.2, 1.0)]
    delays["feature_delay"] = small.median_delay
    right = small.right / max(len(small.delays), 1)
    return {"false_alarms_per_million": max(false), **delays, "right_feature": right}


def _by_stream(card: Card) -> list[str]:
    return [
        f"{card.name}, {name}: delay {found.median_delay:,.0f}, recall {found.recall:.2f}, "
        f"precision {found.precision:.2f}"
        for name, found in card.found.items()
        if card.name != ALWAYS_FIRE
    ]
