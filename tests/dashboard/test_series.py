"""The ring of windows of one series."""

import random

from streamgauge.dashboard.series import CLOSED, Series

from .sample import T0, WIDTH, measure


def series(*measures: object) -> Series:
    made = Series(labels={"model": "price", "version": "1"}, window="1m")
    for one in measures:
        made.fold(one)  # type: ignore[arg-type]  # varargs of measures
    return made


def test_the_newest_revision_of_a_window_wins_in_any_order() -> None:
    low, high = measure(revision=3, count=1), measure(revision=4, count=2)
    assert series(low, high).newest() == high
    assert series(high, low).newest() == high


def test_closing_a_window_is_news_although_its_revision_stays() -> None:
    open_, closed = measure(final=False, as_of=T0 + 50_000), measure()
    assert series(open_, closed).newest() == closed
    assert series(closed, open_).newest() == closed


def test_a_newer_generation_of_a_window_wins_although_it_counted_less() -> None:
    old, recount = measure(revision=9), measure(revision=2, final=False, generation=1)
    assert series(old, recount).newest() == recount
    assert series(recount, old).newest() == recount


def test_a_repeated_record_is_no_news() -> None:
    made = series(measure())
    assert not made.fold(measure())


def test_the_ring_keeps_120_closed_windows_and_the_open_one() -> None:
    windows = [measure(number) for number in range(300)]
    random.Random(7).shuffle(windows)
    made = series(*windows)
    assert [one.start for one in made.ordered()] == [
        T0 + number * WIDTH for number in range(300 - CLOSED - 1, 300)
    ]


def test_a_window_older_than_a_full_ring_is_no_news() -> None:
    made = series(*(measure(number) for number in range(1, CLOSED + 2)))
    assert not made.fold(measure(0))


def test_an_open_window_is_shown_once_a_quarter_of_it_has_passed() -> None:
    closed = measure(0)
    young = measure(1, final=False, as_of=T0 + WIDTH + 14_000)
    grown = measure(1, final=False, as_of=T0 + WIDTH + 15_000, revision=2)
    assert series(closed, young).current() == closed
    assert series(closed, young, grown).current() == grown


def test_a_young_window_is_shown_where_it_is_the_only_one() -> None:
    young = measure(0, final=False, as_of=T0 + 1_000)
    assert series(young).current() == young
