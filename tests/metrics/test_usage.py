import numpy as np

from streamgauge.business import Business
from streamgauge.metrics import category
from streamgauge.metrics.event_column import event_columns
from streamgauge.metrics.usage import usage_layout

from .test_business import usage

EVENTS = [
    usage("session_start"),
    usage("scan_started"),
    usage("scan_started"),
    usage("feature_used", feature="sort"),
    usage("feature_used", feature="filter"),
    usage("feature_viewed", feature="filter"),
]


def test_usage_is_counted_with_the_figures_of_the_business() -> None:
    own = Business(source="usage", numerator={"feature": "filter"})
    layout = usage_layout({"filtered": own})
    batch = event_columns(EVENTS)
    cells = np.zeros(layout.width, np.int64)
    added = layout.lay(layout.marks(batch), len(batch))
    amount = np.ones(len(added.cell), np.int64)
    amount[len(amount) - len(added.amount) :] = added.amount
    np.add.at(cells, added.cell, amount)
    names = {name: category.tally(column) for name, column in layout.names(batch).items()}
    assert layout.values(cells, names, 60.0) == {
        "usage_count": 6.0,
        'usage_event_count{event="feature_viewed"}': 1.0,
        'usage_event_count{event="feature_used"}': 2.0,
        'usage_event_count{event="scan_started"}': 2.0,
        'usage_event_count{event="session_start"}': 1.0,
        "usage_scans_per_session": 2.0,
        "business_filtered_ratio": 2 / 6,
        'usage_feature_ratio{feature="filter"}': 0.5,
        'usage_feature_ratio{feature="sort"}': 0.5,
    }
    samples = layout.samples(cells, names)
    assert (samples["usage_count"], samples["usage_feature_ratio"]) == (6, 2)


def test_without_sessions_there_are_no_scans_of_one() -> None:
    (events, *_) = usage_layout({}).metrics
    cells = events.count(event_columns(EVENTS[1:3]), np.zeros(2, np.int64), 1)[0]
    assert "usage_scans_per_session" not in events.values(cells, 60.0)
