from random import Random

import numpy as np
from hypothesis import given, settings
from tests.metrics.event import MINUTE, T0, cut, heartbeat, prediction, randoms

from streamgauge.metrics.fold import add_heartbeats, add_predictions
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.open_window import OpenWindows
from streamgauge.metrics.series import LIMIT, OTHER, Key, cap, other
from streamgauge.metrics.summary import Summary
from streamgauge.metrics.window import Widths

WIDTHS = Widths(MINUTE, 0, MINUTE)
STRANGERS = [prediction(number, model=f"m{number}", latency_ms=5.0) for number in range(2 * LIMIT)]


def counted(totals: dict[Key, Summary]) -> dict[Key, tuple[int, list[str]]]:
    return {
        key: (one.total, [drawn.id for drawn in one.draw.drawn()]) for key, one in totals.items()
    }


def fold(batches: list[list[object]]) -> dict[Key, Summary]:
    opened: OpenWindows[Summary] = OpenWindows(WIDTHS)
    for batch in batches:
        offsets = np.arange(opened.next, opened.next + len(batch))
        add_predictions(opened, batch, offsets)  # type: ignore[arg-type]  # predictions, cut
        opened.next += len(batch)
    return opened.windows[T0].series


def test_made_up_names_do_not_make_a_window_grow_and_every_event_is_counted() -> None:
    series = fold([list(STRANGERS)])
    assert len(series) == LIMIT + 1
    assert series[OTHER, OTHER].total == LIMIT
    assert sum(one.total for one in series.values()) == len(STRANGERS)


@settings(max_examples=10)
@given(randoms)
def test_the_same_series_are_kept_however_the_stream_is_cut_and_spread(random: Random) -> None:
    events = random.sample(STRANGERS * 2, 3 * LIMIT)
    whole = counted(fold([list(events)]))
    assert counted(fold(cut(random, events))) == whole
    half = random.randrange(1, len(events))
    left, right = fold([list(events[:half])]), fold([list(events[half:])])
    merged = dict(left)
    for key, total in right.items():
        merged[key] = merged[key].merge(total) if key in merged else total
    assert counted(cap(merged)) == whole


def test_few_series_are_left_alone() -> None:
    series = fold([list(STRANGERS[:LIMIT])])
    assert cap(series) == series
    assert other(("m",)) not in series


def test_a_stranger_cannot_pass_as_the_rest_of_another_version() -> None:
    series = fold([[prediction(0, model=OTHER, version="1"), prediction(1, model=OTHER)]])
    assert {key: one.total for key, one in series.items()} == {(OTHER, OTHER): 2}


def test_services_are_capped_as_models_are() -> None:
    opened: OpenWindows[Pulse] = OpenWindows(WIDTHS)
    beats = [heartbeat(service=f"s{number}") for number in range(LIMIT + 7)]
    add_heartbeats(opened, beats, np.arange(len(beats)))
    series = opened.windows[T0].series
    assert len(series) == LIMIT + 1
    assert series[(OTHER,)].total == 7
