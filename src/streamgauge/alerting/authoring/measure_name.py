"""The measures that rules can be about: their units, and what people call them."""

import difflib
from collections.abc import Collection
from functools import cache
from importlib.resources import files

from streamgauge.alerting.judging.observation import SIGNALS

# What people call measures, and what these are in PromQL. Names of the seeds come first.
ALIASES = {
    "p50_latency": 'prediction_latency_seconds{quantile="0.5"}',
    "p95_latency": 'prediction_latency_seconds{quantile="0.95"}',
    "p99_latency": 'prediction_latency_seconds{quantile="0.99"}',
    "inference_latency_p50": 'prediction_latency_seconds{quantile="0.5"}',
    "inference_latency_p95": 'prediction_latency_seconds{quantile="0.95"}',
    "inference_latency_p99": 'prediction_latency_seconds{quantile="0.99"}',
    "api_latency_p50": 'api_latency_seconds{quantile="0.5"}',
    "api_latency_p95": 'api_latency_seconds{quantile="0.95"}',
    "api_latency_p99": 'api_latency_seconds{quantile="0.99"}',
    "p95_api_latency": 'api_latency_seconds{quantile="0.95"}',
    "p99_api_latency": 'api_latency_seconds{quantile="0.99"}',
    "response_time": "api_latency_seconds_mean",
    "error_rate": "prediction_error_ratio",
    "fallback_rate": "prediction_fallback_ratio",
    "cache_hit_rate": "prediction_cache_hit_ratio",
    "ml_usage_rate": "prediction_ml_ratio",
    "request_rate": "prediction_rate",
    "requests_per_minute": "prediction_rate_per_minute",
    "confidence": "prediction_confidence_mean",
    "accuracy": 'model_accuracy{min_confidence=""}',
    "precision": 'model_precision{average="macro",class=""}',
    "recall": 'model_recall{average="macro",class=""}',
    "f1": 'model_f1{average="macro",class=""}',
    "mae": "model_mae",
    "rmse": "model_rmse",
    "r2": "model_r2",
    "drift_score": "feature_drift_score",
    "prediction_drift": "prediction_drift_score",
    "pass_rate": "data_quality_pass_ratio",
    "null_rate": "feature_null_ratio",
    "staleness": "data_freshness_seconds",
    "health_score": "model_health_score",
    "uptime": "service_availability_ratio",
    "api_uptime": "api_availability_ratio",
    "queue_depth": "service_queue_depth",
    "cpu": "service_cpu_cores",
    "memory": "service_memory_bytes",
    "pipeline_lag": "pipeline_watermark_age_seconds",
    "loaded": "service_model_loaded",
    "model_loaded": "service_model_loaded",
}
# What can fail as a whole, and when it does.
CHECKS = {
    "health_check": "service_up < 0.5",
    "service": "service_up < 0.5",
    "cache_ping": "service_cache_up < 1",
    "cache": "service_cache_up < 1",
    "model_loading": "service_model_loaded < 1",
    "feature_builder": "service_features_up < 1",
}
# `[business.NAME]` makes measures of its own, and training traffic has all of them once more.
_OWN = ("business_", "training_")
# What Prometheus itself makes of rules.
_OF_RULES = {"ALERTS", "ALERTS_FOR_STATE"}


@cache
def units() -> dict[str, str]:
    """The measures of docs/measures.md with their units, and the signals of detectors."""
    text = (files(__package__) / "measure.tsv").read_text("utf-8")
    listed = dict(line.split("\t") for line in text.splitlines())
    return listed | dict.fromkeys(SIGNALS.values(), "0 or 1")


def is_known(name: str, recorded: Collection[str] = ()) -> bool:
    """Whether streamgauge has this measure; `recorded` are the names that rules record.

    >>> is_known("prediction_rate"), is_known("prediction_rates"), is_known("business_x_ratio")
    (True, False, True)
    """
    return name in units() or name in recorded or name in _OF_RULES or name.startswith(_OWN)


def nearest(name: str, among: Collection[str] | None = None) -> str:
    """What somebody who wrote this may have meant, in words.

    >>> nearest("helth_check", CHECKS)
    'health_check'
    """
    known = [*units(), *ALIASES] if among is None else list(among)
    found = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    return ", ".join(found) or "a measure of docs/measures.md"
