"""Folding records: the order of arrival does not matter, strangers cannot fill the memory."""

import msgspec
from hypothesis import given, seed
from hypothesis import strategies as st

from streamgauge.dashboard import state as module
from streamgauge.dashboard.record import Forget, Record, Unread
from streamgauge.dashboard.state import State, fold

from .sample import T0, alert, allocation, heartbeat, measure, signal, tick


def folded(*records: Record) -> State:
    state = State()
    for record in records:
        fold(state, record)
    return state


HISTORY: list[Record] = [
    *(measure(number, revision=revision) for number in range(3) for revision in range(3)),
    tick(T0),
    tick(T0 + 5_000),
    alert("pending"),
    alert("firing", at=T0 + 1),
    alert("resolved", at=T0 + 2),
    alert("firing", episode=2, at=T0 + 3),
    allocation(1, 0.5),
    allocation(2, 0.7),
    heartbeat(T0),
    heartbeat(T0 + 5_000, healthy=False),
    signal(end=T0),
    signal(end=T0 + 60_000, active=False),
]


@seed(11)
@given(st.permutations(HISTORY))
def test_any_order_of_arrival_ends_in_the_same_picture(records: list[Record]) -> None:
    shuffled, straight = folded(*records), folded(*HISTORY)
    for part in ("series", "signals", "tick", "alerts", "allocations", "heartbeats"):
        assert getattr(shuffled, part) == getattr(straight, part), part


@seed(12)
@given(st.lists(st.sampled_from(HISTORY), max_size=40))
def test_a_record_read_twice_changes_nothing(records: list[Record]) -> None:
    once, twice = folded(*records), folded(*records, *records)
    assert once.series == twice.series
    assert once.resolved.keys() <= twice.resolved.keys()


def test_an_alert_goes_from_firing_to_recently_resolved() -> None:
    state = folded(alert("pending"), alert("firing"), alert("resolved"))
    assert state.alerts["f"].state == "resolved"
    assert [one.id for one in state.resolved.values()] == ["f-1-resolved"]


def test_a_condition_that_never_fired_is_not_reported_as_resolved() -> None:
    assert not folded(alert("pending"), alert("resolved")).resolved


def test_an_older_episode_does_not_bring_an_alert_back() -> None:
    state = folded(alert("resolved", episode=3), alert("firing", episode=2))
    assert state.alerts["f"].state == "resolved"


def test_a_tombstone_removes_what_it_names() -> None:
    state = folded(allocation(), alert(), Forget("allocations", "exp"), Forget("alert-state", "f"))
    assert not state.allocations
    assert not state.alerts


def test_unreadable_records_are_counted_by_topic() -> None:
    state = folded(Unread("measures", "a"), Unread("measures", "b"), Unread("alerts", "c"))
    assert state.unread == {"measures": 2, "alerts": 1}
    assert state.unread_reason == "c"


def test_every_kind_of_state_is_bounded() -> None:
    many = range(module.MAX_OTHERS + 500)
    state = folded(
        *(measure(number, model=f"m{number}") for number in many),
        *(signal(model=f"m{number}") for number in many),
        *(alert("resolved", fingerprint=f"f{number}", at=T0 + number) for number in many),
        *(allocation(experiment=f"e{number}") for number in many),
        *(heartbeat(T0, instance=f"i{number}") for number in many),
    )
    assert len(state.series) == module.MAX_SERIES
    assert len(state.resolved) == module.MAX_RESOLVED
    for part in (state.signals, state.alerts, state.allocations, state.heartbeats, state.touched):
        assert len(part) == module.MAX_OTHERS
    # What is kept is the newest.
    assert ((("model", "m1499"), ("version", "1")), "1m") in state.series
    assert state.generation == 500


def test_the_newest_tick_holds_even_if_its_watermark_fell_back() -> None:
    stalled = tick(0, completeness=0.0, at=T0 + 1)
    assert folded(tick(T0), stalled).tick == stalled
    assert folded(stalled, tick(T0)).tick == stalled


def test_only_a_change_moves_the_sequence() -> None:
    state = folded(measure(), allocation(2))
    before = msgspec.structs.replace(state)
    fold(state, measure())
    fold(state, allocation(1))
    assert state.seq == before.seq
    fold(state, measure(revision=9))
    assert state.seq == before.seq + 1
