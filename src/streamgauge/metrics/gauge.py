"""The gauges of heartbeats: how they stand now, and how they went in a window."""

from collections.abc import Mapping, Sequence

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.metrics.course import Course

_MS = 1_000
_MICRO = 1_000_000
# What a window shows of each gauge: the newest reading of each instance, added up, under this name;
# `_mean` is that over the window, `_max` the highest reading of any one instance.
_ADDED = {
    "service_queue_depth": ("queue_depth", 1),
    "service_in_flight": ("in_flight", 1),
    "service_cpu_cores": ("cpu", _MICRO),
    "service_memory_bytes": ("memory", 1),
    "service_disk_read_bytes_rate": ("disk_read", 1),
    "service_disk_write_bytes_rate": ("disk_write", 1),
    "service_network_in_bytes_rate": ("network_in", 1),
    "service_network_out_bytes_rate": ("network_out", 1),
}
_TOTALS = {
    "client_sent_total": "sent",
    "client_dropped_total": "dropped",
    "client_failed_total": "failed",
    "client_predictions_total": "predictions",
}
# Of these the mean of the instances says more than their sum.
_AVERAGED = {"service_gpu_ratio": ("gpu", _MICRO)}
_TIME = "ts"
_SENT = "sent"
_PREDICTIONS = "predictions"
_FOLLOWED = dict((*_ADDED.values(), *_AVERAGED.values()))
_FOLLOWED |= {_TIME: 1, _SENT: 1, _PREDICTIONS: 1}
_RATES = {"service_sent_rate": _SENT, "service_prediction_rate": _PREDICTIONS}


def follow(courses: dict[str, Course], beat: Heartbeat) -> None:
    """Count the readings of a heartbeat into the courses of its instance, by field."""
    for field, scale in _FOLLOWED.items():
        reading = getattr(beat, field)
        if reading is not None:
            courses.setdefault(field, Course()).add(reading, scale=scale)


def merge(left: Mapping[str, Course], right: Mapping[str, Course]) -> dict[str, Course]:
    """The courses of one instance from two parts of a window."""
    merged = dict(left)
    for field, course in right.items():
        held = merged.get(field)
        merged[field] = course.merge(Course()) if held is None else held.merge(course)
    return merged


def newest(beats: Sequence[Heartbeat]) -> dict[str, float]:
    """How the gauges stand; `beats` are the newest of each instance."""
    values = {}
    fields = _TOTALS | {name: field for name, (field, _) in _ADDED.items()}
    for name, field in fields.items():
        if readings := _known(beats, field):
            values[name] = float(sum(readings))
    for name, (field, _) in _AVERAGED.items():
        if readings := _known(beats, field):
            values[name] = sum(readings) / len(readings)
            values["service_gpu_count"] = float(len(readings))
    return values


def courses(instances: Sequence[Mapping[str, Course]]) -> dict[str, float]:
    """How the gauges went, and how many events and predictions a second the clients handed over.

    Where an instance does not count one of them, that of the service is not known.
    """
    values: dict[str, float] = {}
    for name, (field, scale) in (_ADDED | _AVERAGED).items():
        known = [one[field] for one in instances if field in one]
        if known:
            means = sum(sorted(course.mean(scale=scale) for course in known))
            values[f"{name}_mean"] = means / len(known) if name in _AVERAGED else means
            values[f"{name}_max"] = max(course.high for course in known) / scale
    for name, field in _RATES.items():
        if all(field in one for one in instances):
            rates = [rate for one in instances if (rate := _rate(one, field)) is not None]
            if rates:
                values[name] = sum(sorted(rates))
    return values


def _known(beats: Sequence[Heartbeat], field: str) -> list[float]:
    readings = (getattr(beat, field) for beat in beats)
    return [reading for reading in readings if reading is not None]


def _rate(one: Mapping[str, Course], field: str) -> float | None:
    """What is counted, a second, between the first and the last heartbeat; two are needed.

    A client that starts anew counts from 0: in that window the rate is too high or too low.
    """
    total, time = one[field], one[_TIME]
    if time.high == time.low:
        return None
    return (total.high - total.low) * _MS / (time.high - time.low)
