"""The auditor's own arithmetic, against values that are worked out by hand."""

from streamgauge.audit.expectation import expect
from streamgauge.audit.tally import Tally
from streamgauge.contracts.prediction import Prediction


def tally() -> Tally:
    found = Tally()
    for number in range(1, 101):
        found.add(
            Prediction(
                id="p",
                ts=1_700_000_000_000,
                model="m",
                version="1",
                latency_ms=float(number),
                confidence=number / 100,
                prediction='sp"am' if number <= 25 else float(number),
                status="error" if number <= 10 else "ok",
                error="4xx" if number <= 4 else None,
                fallback=number <= 50,
                fallback_reason="slow" if number <= 30 else None,
                cache_hit=None if number <= 20 else number <= 40,
            )
        )
    return found


def test_ratios_means_and_quantiles_are_those_of_the_events() -> None:
    expected = {name: one.value for name, one in expect(tally(), 50.0).items()}
    assert expected == {
        "prediction_count": 100.0,
        "prediction_rate": 2.0,
        "prediction_error_ratio": 0.06,
        "prediction_client_error_ratio": 0.04,
        'prediction_error_class_ratio{class="4xx"}': 0.04,
        'prediction_error_class_ratio{class="prediction"}': 0.06,
        "prediction_fallback_ratio": 0.5,
        'prediction_fallback_reason_ratio{reason="slow"}': 0.3,
        "prediction_cache_hit_ratio": 0.25,
        'prediction_class_ratio{class="sp\\"am"}': 0.25,
        "prediction_latency_seconds_mean": 0.0505,
        'prediction_latency_seconds{quantile="0.5"}': 0.05,
        'prediction_latency_seconds{quantile="0.95"}': 0.095,
        'prediction_latency_seconds{quantile="0.99"}': 0.099,
        "prediction_confidence_mean": 0.505,
        'prediction_confidence{quantile="0.05"}': 0.05,
        'prediction_confidence{quantile="0.5"}': 0.5,
        'prediction_confidence{quantile="0.95"}': 0.95,
        "prediction_value_mean": 63.0,
        'prediction_value{quantile="0.05"}': 29.0,
        'prediction_value{quantile="0.5"}': 63.0,
        'prediction_value{quantile="0.95"}': 97.0,
    }


def test_tallies_add_up() -> None:
    both = Tally.of([tally(), tally()])
    assert both.count == 200
    assert expect(both, 100.0) == expect(tally(), 50.0) | {
        "prediction_count": expect(both, 100.0)["prediction_count"]
    }


def test_counts_must_be_exact_and_quantiles_as_near_as_they_are_promised() -> None:
    expected = expect(tally(), 50.0)
    assert not expected["prediction_count"].holds(100.001)
    assert not expected["prediction_latency_seconds_mean"].holds(0.050501)
    assert expected['prediction_latency_seconds{quantile="0.5"}'].holds(0.0505)
    assert not expected['prediction_latency_seconds{quantile="0.5"}'].holds(0.0507)
