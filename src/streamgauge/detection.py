"""What the detectors are asked for: the section `detection` of the settings."""

from typing import Annotated

import msgspec

from streamgauge.section import Section

Positive = Annotated[int, msgspec.Meta(gt=0)]
Rate = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Detection(Section, frozen=True):
    """How sure an alarm has to be, and what else is watched.

    `false_alarms` is how many each model version may have in a month, of all always-valid alarms
    together. `baseline` is how many events a rate is learned from. `auto_baseline` is how many
    hours of a version without a reference become its reference, 0 for never. `ddm` and `hddm` run
    two more detectors on errors.

    `seasonal` are the models whose features differ by the hour of the day. `thresholds` are the
    scores from which on a model says yes, where that is not 0.5. `consistency` are rules between
    features of a model, for example `low <= high`. `formats` are regular expressions that the names
    of a feature must match as a whole, by model and feature.

    `anomalies` are the measures that are watched without a threshold, as far as a model version,
    a service or a stage has them. `retraining_labels` is how many truths must have come since the
    last recommendation, and `retraining_days` how long ago that is at least.
    """

    false_alarms: Rate = 1.0
    baseline: Positive = 10_000
    auto_baseline: Annotated[float, msgspec.Meta(ge=0)] = 24.0
    ddm: bool = False
    hddm: bool = False
    seasonal: tuple[str, ...] = ()
    thresholds: dict[str, Share] = {}
    consistency: dict[str, tuple[str, ...]] = {}
    formats: dict[str, dict[str, str]] = {}
    pass_ratio: Share = 0.95
    anomalies: tuple[str, ...] = (
        "prediction_rate",
        "prediction_error_ratio",
        "prediction_client_error_ratio",
        "prediction_latency_seconds_mean",
        "api_latency_seconds_mean",
        "prediction_fallback_ratio",
        "prediction_cache_hit_ratio",
        "prediction_value_mean",
        "prediction_confidence_mean",
        "label_count",
        "model_mae",
        "model_accuracy",
        "label_lag_seconds_mean",
        "usage_count",
        "feedback_count",
        "feedback_positive_ratio",
        "service_cpu_cores_mean",
        "service_memory_bytes_mean",
        "service_queue_depth_mean",
        "service_in_flight_mean",
        "service_gpu_ratio_mean",
        "pipeline_lag_events",
    )
    retraining_labels: Positive = 1_000
    retraining_days: Rate = 7.0
