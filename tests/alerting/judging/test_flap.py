import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.alerting.judging.flap import STATES, Flap


def shares(states: list[bool]) -> float:
    flap = Flap()
    for state in states:
        flap.add(state)
    return flap.share


# Nagios Core, "Detection and Handling of State Flapping": its figure has changes at 7 of 20 places,
# t3 t4 t5 t9 t12 t16 t19; with weights from 0.8 to 1.2 that is 6.884 of 20.
def test_newer_changes_weigh_more_as_in_nagios() -> None:
    states = [True]
    for place in range(1, STATES):
        states.append(states[-1] ^ (place in (3, 4, 5, 9, 12, 16, 19)))
    assert shares(states) == pytest.approx(0.3442, abs=1e-4)
    late, early = [False] * (STATES - 1) + [True], [True] + [False] * (STATES - 1)
    assert shares(late) == pytest.approx(0.06)
    assert shares(early) == pytest.approx(0.04)


def test_all_changes_are_one_and_none_is_zero() -> None:
    assert shares([bool(n % 2) for n in range(STATES)]) == pytest.approx(1.0)
    assert shares([True] * STATES) == shares([True]) == 0


@given(st.lists(st.booleans(), max_size=60))
def test_only_the_last_judgements_count(states: list[bool]) -> None:
    assert shares(states) <= 1 + 1e-9
    if len(states) >= STATES:
        assert shares(states) == shares(states[-STATES:])
    assert Flap().is_news(True)
