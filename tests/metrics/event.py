"""Events that the tests of the metrics and of what is built on them count."""

from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
from hypothesis import strategies as st

from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics import summary
from streamgauge.metrics.base import Metric
from streamgauge.metrics.column import Columns, Ints, columns
from streamgauge.metrics.fold import add_predictions
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.rollup import Rollup, levels
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.total import Total
from streamgauge.metrics.window import Widths

# A full minute, so that windows begin where they should.
T0 = 1_760_000_040_000
MINUTE = 60_000
HOUR_MS = 3_600_000.0
DIMENSIONS = ("region", "endpoint", "experiment", "arm")
ONE_WINDOW = Widths(MINUTE, 0, MINUTE)
# A source of chance whose every choice hypothesis need not know: it draws the seed alone.
randoms = st.integers(0, 2**32 - 1).map(Random)
EXTREMES = (1e308, -1e308, 0.0, -0.0, 5e-324)


def prediction(number: int = 0, *, at: int = 0, **fields: Any) -> Prediction:
    """A prediction `at` milliseconds after T0."""
    known: dict[str, Any] = {"id": f"p{number}", "ts": T0 + at, "model": "price", "version": "1"}
    return Prediction(**(known | fields))


def heartbeat(*, at: int = 0, **fields: Any) -> Heartbeat:
    """A heartbeat `at` milliseconds after T0."""
    known: dict[str, Any] = {"ts": T0 + at, "service": "web", "instance": "a", "healthy": True}
    return Heartbeat(**(known | fields))


def predictions(span: int = MINUTE) -> st.SearchStrategy[Prediction]:
    """All that a stranger may send, in the `span` milliseconds after T0."""
    latency = st.none() | st.floats(0.0, HOUR_MS)
    share = st.none() | st.floats(0.0, 1.0)
    count = st.none() | st.integers(0, 2**53 - 1)
    finite = st.floats(allow_nan=False, allow_infinity=False)
    answer = (
        st.sampled_from(EXTREMES)
        | finite
        | st.sampled_from(("cat", "dog", "x" * 300, '"\\\n', "__other__"))
    )
    return st.builds(
        prediction,
        st.integers(0, 500),
        at=st.integers(0, span - 1),
        version=st.sampled_from("12"),
        features=st.dictionaries(
            st.sampled_from("abc"),
            st.none() | finite | st.sampled_from((*EXTREMES, "7", "x" * 300, "")),
        ),
        endpoint=st.sampled_from((None, "/price")),
        experiment=st.sampled_from((None, "colour")),
        arm=st.sampled_from((None, "control", "treatment")),
        dimensions=st.dictionaries(
            st.sampled_from(("region", "other", "arm")), st.sampled_from(("eu", "us", "__other__"))
        ),
        prediction=st.none() | answer,
        confidence=share,
        latency_ms=latency,
        api_latency_ms=latency,
        status=st.sampled_from(("ok", "error")),
        error=st.sampled_from((None, "4xx", "5xx", "prediction", "extraction")),
        cache_hit=st.sampled_from((None, True, False)),
        fallback=st.booleans(),
        fallback_reason=st.sampled_from((None, "timeout", "cold")),
        reason=st.sampled_from((None, "no features")),
        confidence_ml=share,
        confidence_rule=share,
        probabilities=st.none() | st.dictionaries(st.sampled_from("abc"), st.floats(0.0, 1.0)),
        queue_ms=latency,
        batch_size=count,
        text_length=count,
        language=st.sampled_from((None, "de", '"\\\n')),
        embedding=st.none() | st.lists(finite | st.sampled_from(EXTREMES), max_size=4),
    )


def traffic(
    random: Random, number: int, *, jitter: int = 0, gap: int = 1_000, training: float = 0.0
) -> list[Prediction]:
    """A stream as services send it: ids repeat now and then, times wander back by `jitter` ms.

    `training` is the share of events that answer nobody.
    """
    events = []
    for place in range(number):
        failed = random.random() < 0.1
        events.append(
            prediction(
                random.randrange(number * 10),
                at=place * gap + MINUTE - random.randrange(jitter + 1),
                version=random.choice("123"),
                features={
                    "age": random.choice((random.gauss(0, 1e3), None)),
                    "kind": random.choice(("a", "b")),
                },
                dimensions={"region": random.choice(("eu", "us"))} if random.random() < 0.9 else {},
                prediction=random.choice((random.gauss(10, 3), "cat", "dog", None)),
                confidence=random.choice((None, random.random())),
                latency_ms=random.choice((None, random.lognormvariate(3, 1))),
                status="error" if failed else "ok",
                error=random.choice(("4xx", "5xx")) if failed else None,
                fallback=random.random() < 0.2,
                fallback_reason=random.choice((None, "timeout", "cold")),
                purpose="training" if training and random.random() < training else "inference",
            )
        )
    return events


def cut(random: Random, items: list[Any]) -> list[list[Any]]:
    """The items in order, cut into batches anywhere, empty ones included."""
    cuts = sorted(random.choices(range(len(items) + 1), k=random.randrange(12)))
    return [items[a:b] for a, b in zip([0, *cuts], [*cuts, len(items)], strict=True)]


def counted(metric: Metric[Columns], events: list[Prediction]) -> Ints:
    """The cells of a metric for events of one series and window."""
    return np.asarray(metric.count(columns(events), np.zeros(len(events), np.int64), 1)[0])


def folded(
    batches: Sequence[Sequence[Prediction]],
    widths: Widths = ONE_WINDOW,
    dimensions: Sequence[str] = DIMENSIONS,
) -> Pending:
    """What batches leave pending on top of nothing."""
    pending = Pending(Rollup(summary.shape(), widths, levels(widths.width)))
    for batch in batches:
        add_predictions(pending, batch, None, dimensions)
    return pending


def total_of(events: Sequence[Prediction]) -> Total:
    """The total of events that are all in one window."""
    return folded([events]).totals.get(T0, Total(summary.shape(), fine=True))


def plain(total: Total) -> Any:
    """A total as a value that can be compared."""
    return (
        _rows(total.series),
        _rows(total.brief),
        _rows(total.profile),
        dict(total.pulses),
    )


def _rows(table: SeriesTable | ProfileTable) -> dict[tuple[str, ...], Any]:
    # The limit of a draw says who need not enter, nothing of what is counted.
    names = [name for name in table.columns if name != "limit"]
    assert sorted(table.rows.values()) == list(range(len(table.rows)))
    return {
        key: ([table.column(name)[row].tobytes() for name in names], _words(table, key))
        for key, row in sorted(table.rows.items())
    }


def _words(table: SeriesTable | ProfileTable, key: tuple[str, ...]) -> Any:
    if isinstance(table, ProfileTable):
        return sorted(table.categories.get(key, {}).items())
    names = table.names.get(key, {})
    drawn = table.draws[key].drawn() if key in table.draws else []
    return sorted((name, sorted(counts.items())) for name, counts in names.items()), drawn
