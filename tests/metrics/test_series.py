from random import Random

import numpy as np
from hypothesis import given, settings

from streamgauge.metrics import summary
from streamgauge.metrics.fold import add_heartbeats
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import Rollup, levels
from streamgauge.metrics.series import LIMIT, OTHER, Key, other
from streamgauge.metrics.series_table import MODELS
from streamgauge.metrics.total import Total

from .event import ONE_WINDOW, T0, cut, folded, heartbeat, plain, prediction, randoms

STRANGERS = [
    prediction(number, model=f"m{number}", latency_ms=5.0) for number in range(MODELS + 150)
]
BEATS = [heartbeat(service=f"s{number}") for number in range(LIMIT + 7)]


def counts(total: Total) -> dict[Key, int]:
    cells = total.series.column("cells")
    return {key: int(cells[row, 0]) for key, row in total.series.rows.items()}


def test_made_up_names_do_not_make_a_window_grow_and_every_event_is_counted() -> None:
    series = counts(folded([STRANGERS]).totals[T0])
    assert len(series) == MODELS + 1
    assert series[OTHER, OTHER] == 150
    assert sum(series.values()) == len(STRANGERS)


@settings(max_examples=4, deadline=None)
@given(randoms)
def test_the_same_series_are_kept_however_the_stream_is_cut_and_spread(random: Random) -> None:
    events = random.sample(STRANGERS * 2, MODELS + 200)
    whole = plain(folded([events]).totals[T0])
    assert plain(folded(cut(random, events)).totals[T0]) == whole
    half = random.randrange(1, len(events))
    left, right = folded([events[:half]]).totals[T0], folded([events[half:]]).totals[T0]
    left.add(right)
    assert plain(left) == whole


def test_a_stranger_cannot_pass_as_the_rest_of_another_version() -> None:
    events = [prediction(0, model=OTHER, version="1"), prediction(1, model=OTHER)]
    assert counts(folded([events]).totals[T0]) == {(OTHER, OTHER): 2}


def pulses(beats: list[object]) -> Pending:
    pending = Pending(Rollup(summary.shape(), ONE_WINDOW, levels(ONE_WINDOW.width)))
    add_heartbeats(pending, beats, np.full(len(beats), T0))  # type: ignore[arg-type]  # heartbeats, shuffled
    return pending


@settings(max_examples=4, deadline=None)
@given(randoms)
def test_services_are_capped_as_models_are(random: Random) -> None:
    beats: list[object] = list(BEATS)
    random.shuffle(beats)
    whole = pulses(beats).totals[T0]
    assert len(whole.pulses) == LIMIT + 1
    assert whole.pulses[OTHER,].total == 7
    left, right = pulses(beats[:300]).totals[T0], pulses(beats[300:]).totals[T0]
    left.add(right)
    assert {key: one.total for key, one in left.pulses.items()} == {
        key: one.total for key, one in whole.pulses.items()
    }


def test_the_rest_of_a_series_is_named_so() -> None:
    assert other(("service",)) == (OTHER,)
