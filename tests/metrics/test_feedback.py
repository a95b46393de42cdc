from typing import Any

import numpy as np

from streamgauge.business import Business
from streamgauge.contracts.feedback import Feedback
from streamgauge.metrics.event_column import event_columns
from streamgauge.metrics.feedback import FeedbackRatings, feedback_layout

from .event import T0


def said(kind: Any, rating: int | None = None) -> Feedback:
    return Feedback(id="f", ts=T0, session="s", kind=kind, rating=rating)


def test_ratings_are_told_by_kind() -> None:
    events = [said("post_scan_satisfaction", rating) for rating in (1, 4, 5, None)]
    events.append(said("suggestion"))
    metric = FeedbackRatings()
    cells = metric.count(event_columns(events), np.zeros(5, np.int64), 1)[0]
    assert metric.values(cells, 60.0) == {
        'feedback_count{kind="post_scan_satisfaction"}': 4.0,
        'feedback_rating_mean{kind="post_scan_satisfaction"}': 10 / 3,
        'feedback_positive_ratio{kind="post_scan_satisfaction"}': 2 / 3,
        'feedback_count{kind="suggestion"}': 1.0,
    }
    assert metric.samples(cells) == {
        "feedback_count": 5,
        "feedback_rating_mean": 3,
        "feedback_positive_ratio": 3,
    }


def test_the_first_cell_counts_and_figures_follow() -> None:
    layout = feedback_layout({"mood": Business(source="feedback", value="rating", unit="rating")})
    batch = event_columns([said("feature_usefulness", 3), said("feature_usefulness", 5)])
    added = layout.lay(layout.marks(batch), len(batch))
    assert (added.cell == 0).sum() == 2
    assert "business_mood_rating" in layout.signature


def test_without_ratings_there_is_no_mean() -> None:
    metric = FeedbackRatings()
    cells = metric.count(event_columns([said("correction")]), np.zeros(1, np.int64), 1)[0]
    assert metric.values(cells, 60.0) == {'feedback_count{kind="correction"}': 1.0}
    assert metric.values(np.zeros(metric.width, np.int64), 60.0) == {}
