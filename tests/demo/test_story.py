"""What the demo reads off the topics."""

import msgspec
from tests.alerting.alert_text import FIRING

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.demo.story import Happened

PLAIN = Measure(
    labels={"model": "price", "version": "1"},
    window="10s",
    start=0,
    end=10_000,
    revision=3,
    as_of=9_000,
    final=False,
    completeness=1.0,
    values={"prediction_count": 3.0},
    samples={},
)


def test_figures_of_a_model_are_those_of_its_predictions_as_a_whole() -> None:
    happened = Happened()
    others = (
        {"source": "outcomes", "values": {"label_count": 1.0}},
        {"source": "training", "values": {"training_prediction_count": 1.0}},
        {"labels": PLAIN.labels | {"region": "eu"}},
        {"base": False, "window": "1h"},
        {"source": "pipeline", "labels": {"stage": "measure"}},
    )
    for more in ({}, *others):
        happened.take("measures", encode(msgspec.structs.replace(PLAIN, **more)), 0.0)
    assert happened.measures == {"price 1": PLAIN}


def test_the_watchdog_is_no_part_of_the_story() -> None:
    happened = Happened()
    happened.take("alerts", encode(msgspec.structs.replace(FIRING, rule="Watchdog")), 1.0)
    assert not happened.alerts
    happened.take("alerts", encode(FIRING), 1.0)
    assert happened.fired == {FIRING.rule: 1.0}
