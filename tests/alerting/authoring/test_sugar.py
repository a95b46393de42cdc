import pytest

from streamgauge.alerting.authoring.measure_name import ALIASES, CHECKS
from streamgauge.alerting.authoring.sugar import SugarError, read
from streamgauge.alerting.promql.parse import parse

MINUTE = 60_000
# The first four are the rules of seed 004, lines 138 to 153.
READ = [
    ("p95_latency > 100ms for 5 minutes", 'prediction_latency_seconds{quantile="0.95"} > 0.1', 5),
    ("health_check fails for 2 minutes", "service_up < 0.5", 2),
    ("fallback_rate > 20% for 10 minutes", "prediction_fallback_ratio > 0.2", 10),
    ("feature_drift_score > 0.3", "feature_drift_score > 0.3", 0),
    ("fallback_rate > 0.2", "prediction_fallback_ratio > 0.2", 0),
    ("loaded = false", "service_model_loaded == 0", 0),
    ("cache_hit_rate below 60% for 5m", "prediction_cache_hit_ratio < 0.6", 5),
    ("memory over 2GiB for 1h and 5 minutes", "service_memory_bytes > 2147483648", 65),
    ("p99_latency>=1.5s for 1h30m", 'prediction_latency_seconds{quantile="0.99"} >= 1.5', 90),
    (
        'error_rate{model="a"} > 5 % for 1 minute',
        'prediction_error_ratio{model="a"} > 0.05',
        1,
    ),
    (
        'p95_latency{model="a",} > 150ms',
        'prediction_latency_seconds{model="a",quantile="0.95"} > 0.15',
        0,
    ),
    ('health_check{service="s"} fails', 'service_up{service="s"} < 0.5', 0),
    ("business_empty_scan_ratio > 0.3", "business_empty_scan_ratio > 0.3", 0),
    ("pipeline_lag > 0", "pipeline_watermark_age_seconds > 0", 0),
    ("mae > 10 for 15 minutes", "model_mae > 10", 15),
]
WRONG = [
    ("p95_latncy > 1s", "unknown measure p95_latncy; expected p95_latency"),
    ("helth_check fails", "expected health_check"),
    ("p95_latency > 100", "expected one of the units us, ms, s"),
    ("p95_latency > 10%", "one of the units"),
    ("fallback_rate > 20", "expected 20% or 0.2"),
    ("fallback_rate > 20ms", "'ms' is no unit of it"),
    ("mae > 10%", "'%' is no unit of it"),
    ("mae is true", "expected a number"),
    ("fallback_rate > many", "is no number"),
    ("fallback_rate > 1e999", "too large"),
    ("fallback_rate > 20% for a while", "expected a duration"),
    ("fallback_rate > 20% for 5 minutes or so", "expected a duration"),
    ("sum(x) > 5", "is no condition"),
    ("", "is no condition"),
]


@pytest.mark.parametrize(("text", "expr", "minutes"), READ)
def test_a_condition_in_words_is_promql(text: str, expr: str, minutes: int) -> None:
    condition = read(text)
    assert (condition.expr, condition.hold) == (expr, minutes * MINUTE)
    parse(condition.expr)


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_cannot_be_read_is_told_with_what_was_expected(text: str, said: str) -> None:
    with pytest.raises(SugarError) as raised:
        read(text)
    assert said in str(raised.value)


def test_every_name_for_a_measure_is_promql_over_a_known_one() -> None:
    for name in ALIASES:
        unit = "1ms" if "seconds" in ALIASES[name] else "1kB" if "bytes" in ALIASES[name] else "1"
        parse(read(f"{name} > {unit}").expr)
    for name in CHECKS:
        parse(read(f"{name} fails").expr)
