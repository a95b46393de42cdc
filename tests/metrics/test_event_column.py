import pytest

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.usage import Usage
from streamgauge.metrics.event_column import event_columns, labels

from .event import T0


def test_events_have_their_times_and_their_arms() -> None:
    used = Usage(id="u", ts=T0, session="s", event="scan_started", experiment="colour", arm="b")
    batch = event_columns([used, Usage(id="v", ts=T0 + 1, session="s", event="session_end")])
    assert len(batch) == 2
    assert batch.ts.tolist() == [T0, T0 + 1]
    assert batch.series == [("colour", "b"), ("", "")]


def test_feedback_has_arms_too() -> None:
    said = Feedback(id="f", ts=T0, session="s", kind="suggestion", experiment="colour", arm="a")
    assert event_columns([said]).series == [("colour", "a")]


@pytest.mark.parametrize(
    ("series", "shown"), [(("", ""), {}), (("colour", "a"), {"experiment": "colour", "arm": "a"})]
)
def test_a_series_is_labelled_with_what_it_has(
    series: tuple[str, str], shown: dict[str, str]
) -> None:
    assert labels(series) == shown


def test_no_events_are_no_columns() -> None:
    assert len(event_columns([])) == 0
