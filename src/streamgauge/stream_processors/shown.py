"""Windows as records of `measures` and `summaries`, each as often as it says something new."""

from collections import Counter
from collections.abc import Iterator

from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.summary import Summary as ClosedWindow
from streamgauge.detectors.performance import Performance
from streamgauge.metrics import profile_value
from streamgauge.metrics.cap import Key
from streamgauge.metrics.label_summary import coverage
from streamgauge.metrics.profile import ProfileTable
from streamgauge.metrics.sample import duplicates
from streamgauge.metrics.schema import Grids
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.summary import as_known
from streamgauge.metrics.total import Total
from streamgauge.metrics.window import window_name
from streamgauge.stream_processors.closing import (
    Window,
    close_pulse,
    close_series,
    is_whole,
    travels,
)
from streamgauge.stream_processors.telling import Telling

_MS = 1_000
_FEATURES = "features"
# Keys of predictions that answer nobody say as a third word what they are for.
_APART = 3
_COVERAGE = "coverage"
_PERFORMANCE = Performance()

# How many predictions there were, by series.
Predicted = dict[Key, int]


class Shown:
    """Remembers what it has shown of each window."""

    def __init__(self, source: str, telling: Telling, grids: Grids | None = None) -> None:
        self._source = source
        self._telling = telling
        self._grids = Grids() if grids is None else grids
        self._told: dict[tuple[int, int, str, Key], tuple[int, bool]] = {}

    def show(
        self,
        whole: Total,
        window: Window,
        completeness: float,
        *,
        wide: bool,
    ) -> Iterator[Measure | ClosedWindow]:
        """The series that have changed; `wide` says with dimensions, features and services."""
        yield from self._show_series(whole.series, window, completeness, whole.profile)
        yield from self._show_pulses(whole, window, completeness)
        if wide:
            yield from self._show_series(whole.brief, window, completeness, whole.profile)
            yield from self._show_features(whole.profile, window, completeness)

    def cover(
        self, whole: Total, window: Window, completeness: float, predicted: Predicted
    ) -> Iterator[Measure]:
        """Which share of the predictions of a day has a label by now, and whether more may come.

        A measure of its own: it is news when either count is.
        """
        table = whole.series
        cells, events = table.column("cells"), table.column("events")
        for key, row in sorted(table.rows.items()):
            labels, predictions = int(cells[row, 0]), predicted.get(key, 0)
            revision = int(events[row, 0]) + predictions
            values = coverage(labels, predictions)
            if values:
                values[_stage(labels, predictions, final=window.final)] = 1.0
            if values and self._news(window, _COVERAGE, key, revision)[0]:
                yield Measure(
                    labels=self._labels(key, window),
                    window=window_name(window.width),
                    start=window.start,
                    end=window.end,
                    revision=revision,
                    as_of=window.end,
                    final=window.final,
                    completeness=completeness,
                    values=values,
                    samples=dict.fromkeys(values, predictions),
                    source=_COVERAGE,
                    base=window.base,
                )

    def forget(self, before: int) -> None:
        """Forget what was shown of windows that ended by then."""
        for place in [place for place in self._told if place[0] + place[1] <= before]:
            del self._told[place]

    def _news(self, window: Window, source: str, key: Key, count: int) -> tuple[bool, bool]:
        """Whether a count is news, and whether its window is final for the first time."""
        place = (window.width, window.start, source + "*" * window.cohort, key)
        before = self._told.get(place)
        if before == (count, window.final):
            return False, False
        self._told[place] = (count, window.final)
        return True, window.final and not (before and before[1])

    def _show_series(
        self,
        table: SeriesTable,
        window: Window,
        completeness: float,
        features: ProfileTable,
    ) -> Iterator[Measure | ClosedWindow]:
        as_of = table.flat("as_of")
        revisions = self._revisions(table)
        changed: dict[Key, bool] = {}
        for key in sorted(table.rows):
            news, closed = self._news(window, self._source, key, revisions[key])
            if news:
                changed[key] = closed
        if not changed:
            return
        cells = table.column("cells")
        values = self._telling.extend(
            {
                key: table.layout.values(
                    cells[table.rows[key]], table.names.get(key, {}), window.width / _MS
                )
                | _drawn(table, key, window)
                for key in changed
            }
        )
        featured = {key[:-1] for key in features.rows}
        for key, closed in changed.items():
            row = table.rows[key]
            yield Measure(
                labels=self._labels(key, window),
                window=window_name(window.width),
                start=window.start,
                end=window.end,
                revision=revisions[key],
                as_of=window.end if window.final else min(int(as_of[row]), window.end),
                final=window.final,
                completeness=completeness,
                values=as_known(values[key]),
                samples=table.layout.samples(cells[row], table.names.get(key, {})),
                source=self._source_of(key),
                base=window.base,
            )
            whole = closed and is_whole(self._source, key, window, featured)
            if whole or travels(window):
                labels, source = self._labels(key, window), self._source_of(key)
                told = features if whole and key in featured else None
                yield close_series(table, key, window, labels, source, told)

    def _revisions(self, table: SeriesTable) -> dict[Key, int]:
        """How many events have had a say in each series: also those it is compared with."""
        events = table.flat("events").tolist()
        revisions = {key: int(events[row]) for key, row in table.rows.items()}
        if self._telling.group is None:
            return revisions
        groups = {key: self._telling.group(key) for key in revisions}
        sums: Counter[Key | None] = Counter()
        for key, group in groups.items():
            sums[group] += revisions[key]
        return {
            key: revision if (group := groups[key]) is None else sums[group]
            for key, revision in revisions.items()
        }

    def _source_of(self, key: Key) -> str:
        return key[2] if len(key) == _APART else self._source

    def _labels(self, key: Key, window: Window) -> Labels:
        labels = self._telling.labels(key)
        return labels | {"by": "prediction_day"} if window.cohort else labels

    def _show_pulses(
        self, whole: Total, window: Window, completeness: float
    ) -> Iterator[Measure | ClosedWindow]:
        seconds = window.width / _MS
        for key, pulse in sorted(whole.pulses.items()):
            if not self._news(window, self._source, key, pulse.total)[0]:
                continue
            until = window.end if window.final else pulse.as_of
            values = {key: pulse.values(seconds, window.start, until)}
            yield Measure(
                labels=self._labels(key, window),
                window=window_name(window.width),
                start=window.start,
                end=window.end,
                revision=pulse.total,
                as_of=window.end if window.final else min(pulse.as_of, window.end),
                final=window.final,
                completeness=completeness,
                values=as_known(self._telling.extend(values)[key]),
                samples=pulse.samples(),
                source=self._source,
                base=window.base,
            )
            if travels(window) and pulse.beats:
                yield close_pulse(pulse, window, self._labels(key, window), self._source)

    def _show_features(
        self, table: ProfileTable, window: Window, completeness: float
    ) -> Iterator[Measure]:
        counts = profile_value.counts(table)
        changed = {
            key for key, count in counts.items() if self._news(window, _FEATURES, key, count)[0]
        }
        if not changed:
            return
        for key, values in profile_value.values(table, self._grids).items():
            if key in changed:
                yield Measure(
                    labels=self._labels(key, window),
                    window=window_name(window.width),
                    start=window.start,
                    end=window.end,
                    revision=counts[key],
                    as_of=window.end,
                    final=window.final,
                    completeness=completeness,
                    values=as_known(values),
                    samples={},
                    source=_FEATURES,
                    base=window.base,
                )


def _stage(labels: int, predictions: int, *, final: bool) -> str:
    """How far the truth of a day is known: `provisional`, `partial` or `final`."""
    # A day is final when its window is closed to labels, whatever the clock says.
    standing = _PERFORMANCE.stand(
        labels=labels, predictions=predictions, end=0, now=int(final), horizon=1
    )
    return f'label_stage{{stage="{standing.stage}"}}'


def _drawn(table: SeriesTable, key: Key, window: Window) -> dict[str, float]:
    """What the sample of a series says; longer windows have none."""
    draw = table.draws.get(key) if window.base else None
    return {} if draw is None else duplicates(draw)
