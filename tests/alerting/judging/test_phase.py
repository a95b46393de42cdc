"""The state machine against Prometheus' rules/alerting.go, written down a second time."""

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.alerting.judging.phase import INACTIVE, Phase, advance


def walk(mets: list[bool], hold: int = 0, keep: int = 0, step: int = 60) -> list[str]:
    phase = INACTIVE
    states: list[str] = []
    for n, met in enumerate(mets):
        at = n * step
        phase = advance(phase, met=met, since=at, at=at, hold=hold, keep=keep)
        states.append(phase.state)
    return states


# prometheus/prometheus rules/alerting_test.go TestKeepFiringFor: 75 85 70 70 10 10 against > 50.
def test_a_firing_alert_is_kept_for_the_time_that_the_rule_says() -> None:
    states = walk([True, True, True, True, False, False], hold=60, keep=60)
    assert states == ["pending", "firing", "firing", "firing", "firing", "inactive"]


# prometheus/prometheus rules/alerting_test.go TestPendingAndKeepFiringFor.
def test_a_pending_alert_is_not_kept() -> None:
    assert walk([True, False], hold=60, keep=60) == ["pending", "inactive"]


def test_without_for_it_fires_at_once() -> None:
    assert walk([True, False]) == ["firing", "inactive"]


@given(
    mets=st.lists(st.booleans(), max_size=40),
    hold=st.integers(0, 5),
    keep=st.integers(0, 5),
)
def test_it_walks_as_prometheus_does(mets: list[bool], hold: int, keep: int) -> None:
    state, active_at, keep_since = "inactive", 0, -1
    expected = []
    for at, met in enumerate(mets):
        if met:
            if state == "inactive":
                state, active_at = "pending", at
            keep_since = -1
        elif state == "pending":
            state = "inactive"
        elif state == "firing":
            keep_since = at if keep_since < 0 else keep_since
            if at - keep_since >= keep:
                state, keep_since = "inactive", -1
        if state == "pending" and at - active_at >= hold:
            state = "firing"
        expected.append(state)
    assert walk(mets, hold, keep, step=1) == expected


@given(st.sampled_from(["inactive", "pending", "firing"]), st.booleans())
def test_what_is_active_says_since_when(state: str, met: bool) -> None:
    phase = advance(
        Phase(state, 5),  # type: ignore[arg-type]  # one of the three
        met=met,
        since=9,
        at=9,
        hold=3,
        keep=3,
    )
    if phase.state != "inactive":
        assert phase.active_at == (9 if state == "inactive" else 5)
