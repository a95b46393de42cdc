"""Watches rates that lie within 0 ... 1: errors, fallbacks, nulls, accuracy, clipped errors."""

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from streamgauge.detection import Detection
from streamgauge.detectors.budget import Budget
from streamgauge.detectors.rate import RateShift
from streamgauge.detectors.seasonal_rate import SeasonalRate, SeasonalState
from streamgauge.metrics.residual import SIZE
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors import rate_stream
from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.rate_stream import STREAMS, Count, Stream
from streamgauge.stream_processors.watcher import Look, Seen

# Absolute errors beyond this share of those of the baseline count as the limit.
_CLIPPED = 0.999


class RateStates(msgspec.Struct):
    """What is known of each rate; `errors` are the sizes of errors until there is a limit.

    `came` is when (ms) there was something to count last.
    """

    rates: dict[str, SeasonalState] = {}
    errors: list[int] = []
    limit: float = 0.0
    came: dict[str, int] = {}


class RateWatcher:
    """One always-valid detector a rate.

    On its first day a rate is held against its first events, then against the hours of its week, so
    that neither a daily cycle nor moods that come and go are a change.
    """

    name = "rate"
    state = RateStates

    def __init__(self, settings: Detection) -> None:
        self._rate = SeasonalRate(warm_up=settings.baseline, hasty=True)
        self._budget = Budget(settings.false_alarms, len(STREAMS) + 1)
        self._labels = max(settings.baseline // 5, 1)

    def start(self) -> RateStates:
        return RateStates({}, [])

    def wants(self, look: Look) -> bool:
        return not look.is_part and look.summary.source in {"predictions", "outcomes"}

    def look(self, state: Any, look: Look) -> Seen:
        spent = self._budget.of_time(look.summary.end - look.summary.start)
        at = (look.summary.start + look.summary.end) // 2
        for count in self._counts(state, look):
            if count.seen:
                state.came[count.stream.name] = at
            held = state.rates.setdefault(count.stream.name, self._rate.start())
            self._rate.step(
                held, at, count.seen, count.total, spent=spent, margin=count.stream.margin
            )
        asked = {one.name: one for one in STREAMS}
        # Outcomes have a clock of their own: truths may be days behind.
        mine = {
            name: held
            for name, held in sorted(state.rates.items())
            if _is_of(asked[name], look.summary.source)
        }
        for name, held in mine.items():
            if at - state.came.setdefault(name, at) >= DAY:
                # Nobody knows what it is by now.
                held.rate.held = None
        return Seen(
            found=tuple(
                found(asked[name], held.rate.held)
                for name, held in mine.items()
                if held.rate.held is not None
            )
        )

    def _counts(self, state: RateStates, look: Look) -> Iterable[Count]:
        if look.summary.source == "predictions":
            return rate_stream.prediction_rates(look.closed)
        counts = [rate_stream.accuracy(look.closed), self._loss(state, look)]
        return [count for count in counts if count is not None]

    def _loss(self, state: RateStates, look: Look) -> Count | None:
        """Absolute errors, once enough of them say where to clip."""
        errors = rate_stream.errors(look.closed)
        if errors is None:
            return None
        if not state.limit:
            total = np.asarray(state.errors or np.zeros_like(errors)) + errors
            state.errors = total.tolist()
            if total.sum() >= self._labels:
                reached = np.cumsum(total) >= _CLIPPED * total.sum()
                state.limit = float(SIZE[int(np.argmax(reached))]) or 1e-6
                state.errors = []
            return None
        return rate_stream.loss(errors, state.limit)


def found(stream: Stream, shift: RateShift) -> Found:
    """A shift that holds; the way that nobody minds is a drift, whatever the stream is."""
    word = "rose" if shift.direction == "up" else "fell"
    return Found(
        detector="rate",
        stream=stream.name,
        score=shift.evidence,
        before=shift.before,
        after=shift.after,
        samples=int(shift.events),
        finding=stream.finding if shift.direction == stream.bad else "DRIFT_DETECTED",
        direction=shift.direction,
        text=f"{stream.name} {word} from {shift.before:.4g} to {shift.after:.4g}",
    )


def _is_of(stream: Stream, source: str) -> bool:
    labelled = stream in {rate_stream.ACCURACY, rate_stream.LOSS}
    return labelled == (source == "outcomes")
