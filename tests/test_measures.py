"""docs/measures.md names what is measured, all of it and nothing else."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.metrics.event import T0, heartbeat
from tests.metrics.frozen import fields, grids, reference
from tests.metrics.labelled import label
from tests.promises.test_metric_promises import FULL
from tests.stream_processors import everything
from tests.stream_processors.partition_log import Log, Reader

from streamgauge.business import Business, Cost, Sla
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.usage import Usage
from streamgauge.metrics import category, profile, profile_value
from streamgauge.metrics.business import judged
from streamgauge.metrics.catalog import METRICS, NAMED
from streamgauge.metrics.column import columns
from streamgauge.metrics.cost import cost
from streamgauge.metrics.event_column import event_columns
from streamgauge.metrics.feedback import feedback_layout
from streamgauge.metrics.heartbeat import Pulse
from streamgauge.metrics.label_column import arrived, cohort
from streamgauge.metrics.label_summary import LABEL_METRICS, LABEL_NAMED, label_shape
from streamgauge.metrics.layout import Layout
from streamgauge.metrics.sample import Draw, Drawn, duplicates
from streamgauge.metrics.sla import compliance
from streamgauge.metrics.summary import shape
from streamgauge.metrics.usage import usage_layout
from streamgauge.stream_processors.pipeline import Pipeline

PAGE = (Path(__file__).parents[1] / "docs" / "measures.md").read_text("utf-8")
# Measure, labels, unit, source, windows: the first cells of a row.
ROW = re.compile(r"^\| `(\w+)` \|([^|]*)\|[^|]*\| (\w+) \|([^|]*)\|", re.MULTILINE)
Names = dict[str, set[str]]
KINDS = ("feature_viewed", "feature_used", "scan_started", "scan_finished", "session_start")
FIELDS: dict[str, Any] = {
    "feature": "suggested_parameters",
    "value": 420.0,
    "dimensions": {"result": "empty"},
}


def documented(source: str) -> Names:
    return {
        name: set(re.findall(r"`([a-z_]+)`", labels))
        for name, labels, where, _ in ROW.findall(PAGE)
        if where == source
    }


def shown_in(source: str, window: str) -> set[str]:
    """The measures of a source whose row names that kind of window."""
    return {
        name
        for name, _, where, windows in ROW.findall(PAGE)
        if where == source and window in windows.strip().split(", ")
    }


def printed(values: Iterable[str]) -> Names:
    names: Names = {}
    for shown in values:
        name, _, labels = shown.partition("{")
        names.setdefault(name, set()).update(re.findall(r'([a-z_]+)="', labels))
    return names


def measured(layout: Layout[Any], batch: Any) -> dict[str, float]:
    group = np.zeros(len(batch), np.int64)
    cells = np.concatenate([metric.count(batch, group, 1)[0] for metric in layout.metrics])
    names = {name: category.tally(column) for name, column in layout.names(batch).items()}
    return layout.values(cells, names, 60.0)


def of_predictions() -> Mapping[str, float]:
    values = measured(Layout(METRICS, NAMED), columns(FULL))
    values |= duplicates(Draw([Drawn(0, "p", T0, None, None, 0)]))
    return values | compliance({"model": "price"}, values, Sla())


def of_features() -> Mapping[str, float]:
    table = profile.ProfileTable(fine=True)
    seen: list[dict[str, float | str | None]] = [
        {"size": 1.0, "colour": "red"},
        {"size": 2.0, "colour": None},
    ]
    known = grids(reference(fields(size=[1.0, 2.0])))
    schema = known.of("price", "1", 0)
    table.count([("price", "1")], np.zeros(2, np.int64), seen, [schema])
    return profile_value.values(table, known)["price", "1"]


LABELS = [
    *(label(float(truth), truth + 0.5) for truth in range(5)),
    *(label(truth, "yes", confidence=0.9, score=0.8) for truth in ("yes", "no")),
]


def of_outcomes() -> Mapping[str, float]:
    return measured(Layout(LABEL_METRICS, LABEL_NAMED), arrived(LABELS))


def of_heartbeats() -> Mapping[str, float]:
    fields: dict[str, Any] = {"models": {"price@1": True}, "cache": True, "fallback": True}
    fields |= {"features": True, "cpu": 1.0, "memory": 1, "disk_read": 1.0, "disk_write": 1.0}
    fields |= {"network_in": 1.0, "network_out": 1.0, "gpu": 0.5, "queue_depth": 1, "in_flight": 1}
    pulse = Pulse()
    pulse.add(heartbeat(at=at, sent=at, predictions=at, **fields) for at in (0, 5_000))
    values = pulse.values(60.0)
    return values | cost(values, Cost(cpu_core_hour=1.0))


def usage(event: Any) -> Usage:
    return Usage(id="u", ts=T0, session="s", event=event, **FIELDS)


def ratings() -> list[Feedback]:
    kind: Any = "post_scan_satisfaction"
    return [Feedback(id="f", ts=T0, session="s", kind=kind, rating=4)]


def of_usage() -> Mapping[str, float]:
    return measured(usage_layout({}), event_columns([usage(kind) for kind in KINDS]))


def of_feedback() -> Mapping[str, float]:
    return measured(feedback_layout({}), event_columns(ratings()))


def of_pipeline() -> Mapping[str, float]:
    log, reader, pipeline = Log(), Reader(), Pipeline(60_000)
    told: dict[str, float] = {}
    for minute in range(4):
        log.kept._counts.rejected = {"json": 1}
        log.kept.position += 1
        reader.take(log.add([], idle=T0), 0.0)
        for one in pipeline.measures([reader.fold], 0.0, T0 + minute * 60_000):
            told |= one.values
    return told


@lru_cache(1)
def of_detect() -> dict[str, dict[str, float]]:
    return everything.figures()


def of_drift() -> Mapping[str, float]:
    return of_detect()["drift"]


def of_performance() -> Mapping[str, float]:
    return of_detect()["performance"]


SOURCES = {
    "predictions": of_predictions,
    "features": of_features,
    "outcomes": of_outcomes,
    "heartbeats": of_heartbeats,
    "usage": of_usage,
    "feedback": of_feedback,
    "pipeline": of_pipeline,
    "drift": of_drift,
    "performance": of_performance,
}


@pytest.mark.parametrize("source", SOURCES)
def test_the_page_names_what_is_printed(source: str) -> None:
    assert documented(source) == printed(SOURCES[source]())


def test_no_measure_stands_on_the_page_twice_or_without_a_source() -> None:
    rows = ROW.findall(PAGE)
    assert len({name for name, _, _, _ in rows}) == len(rows)
    assert {source for _, _, source, _ in rows} == set(SOURCES)


def test_the_page_says_what_is_known_of_a_value_of_a_dimension() -> None:
    predictions = measured(shape().brief, columns(FULL))
    assert shown_in("predictions", "dims") == set(printed(predictions))
    outcomes = measured(label_shape({}, 0).brief, arrived(LABELS))
    assert shown_in("outcomes", "dims") == set(printed(outcomes))
    for source in SOURCES.keys() - {"predictions", "outcomes"}:
        assert not shown_in(source, "dims")


def test_the_page_says_what_is_known_of_the_day_of_a_prediction() -> None:
    outcomes = measured(label_shape({}, 0).full, cohort(LABELS))
    assert shown_in("outcomes", "cohort day") == set(printed(outcomes))
    for source in SOURCES.keys() - {"outcomes"}:
        assert not shown_in(source, "cohort day")


def test_the_figures_on_the_page_are_valid_and_measure_what_they_say() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    figures = msgspec.convert(tomllib.loads(example)["business"], dict[str, Business])
    values = measured(usage_layout(figures), event_columns([usage(kind) for kind in KINDS]))
    values |= measured(feedback_layout(figures), event_columns(ratings()))
    assert values["business_empty_scan_ratio"] == 1.0
    assert values["business_parameter_selection_ratio"] == 0.5
    assert values["business_satisfaction_rating"] == 4.0
    assert values["business_time_saved_seconds"] == 420.0
    told = judged(figures, {"": values})[""]
    assert told["business_satisfaction_change_ratio"] == pytest.approx(4.0 / 3.4 - 1)
    assert told["business_satisfaction_target_met"] == 1.0
    assert told["business_time_saved_target_met"] == 1.0
