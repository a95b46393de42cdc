"""All series of one partition of `summaries`: which window is new, who looks at it, what is told.

Pure: windows and references in, records of `measures` out, and the states that changed.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.event import Labels
from streamgauge.contracts.measure import Measure, Signal
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.logs import log
from streamgauge.metrics.rollup import DAY
from streamgauge.stream_processors.detect_kept import Told
from streamgauge.stream_processors.finding import Course
from streamgauge.stream_processors.watcher import Look, Watcher

# The source of the figures that come of windows of each source.
TOLD = {"predictions": "drift", "outcomes": "performance"}
_MODEL = ("model", "version")
# What has not been heard of for so long is forgotten; windows stay on the topic as long.
_FORGET_MS = 7 * DAY


class References(Protocol):
    """Which reference is in force."""

    def newest(self, model: str, version: str) -> Reference | None:
        """That of a version."""

    def former(self, model: str, version: str) -> Reference | None:
        """That of the version which got its first reference before this one did."""


class Series(msgspec.Struct):
    """What is known of one series. `seen` is the end of the newest window of each source."""

    labels: Labels
    seen: dict[str, int]
    course: Course
    parts: dict[str, Any]


class Head(msgspec.Struct, array_like=True):
    """A series as the state log has it; the state of each watcher stands beside it."""

    labels: Labels
    seen: dict[str, int]
    course: Course


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Head)
# Between the key of a series and the name of a watcher; labels are printable.
_OF = "\x1f"


class Watch:
    """The series of a partition; `written` are the states that were restored.

    Each series has a state under its key, and one under the key and name of each watcher: what has
    not changed is not written again. `failed` counts how often a watcher broke on a window.
    """

    def __init__(
        self,
        watchers: Sequence[Watcher],
        references: References,
        written: Mapping[str, bytes] | None = None,
    ) -> None:
        self.series: dict[str, Series] = {}
        self.changed: set[str] = set()
        self.failed = 0
        self._watchers = watchers
        self._references = references
        self._newest = 0
        self._read(written or {})

    def step(self, value: bytes) -> Iterator[Told]:
        """What the watchers say of a window; of one that came before, nothing.

        Days, hours and events that no watcher looks at are for others.
        """
        summary = codec.decode(Summary, value)
        if not summary.base or summary.source not in TOLD or not _is_series(summary.labels):
            return
        key = _key(summary.labels)
        series = self.series.get(key)
        if series is None:
            series = self.series[key] = Series(summary.labels, {}, Course({}), {})
        if summary.start < series.seen.get(summary.source, 0):
            return
        series.seen[summary.source] = summary.end
        self.changed.add(key)
        look = self._look(series, summary)
        for watcher in self._watchers:
            if self._asked(watcher, series, look):
                self.changed.add(key + _OF + watcher.name)
        yield from look.references
        if look.values:
            yield _measure(summary, look)
        yield from series.course.follow(
            look.found, series.labels, summary.source, summary.start, summary.end
        )
        yield from self._forget(summary.end)

    def take(self) -> dict[str, bytes]:
        """The states that have changed since the last time; empty where a series is forgotten."""
        taken = {key: self._write(key) for key in sorted(self.changed)}
        self.changed.clear()
        return taken

    def _look(self, series: Series, summary: Summary) -> Look:
        model, version = summary.labels["model"], summary.labels["version"]
        parent = None
        if len(summary.labels) > len(_MODEL):
            whole = self.series.get(_key({"model": model, "version": version}))
            parent = whole.course if whole else None
        return Look(
            summary,
            series.course,
            reference=self._references.newest(model, version),
            former=self._references.former(model, version),
            parent=parent,
        )

    def _asked(self, watcher: Watcher, series: Series, look: Look) -> bool:
        """Ask a watcher that wants to look; one that breaks begins anew, and blinds no other."""
        try:
            return watcher.wants(look) and self._ask(watcher, series, look)
        except Exception as error:
            self.failed += 1
            series.parts[watcher.name] = watcher.start()
            window = f"{look.summary.window} from {look.summary.start}"
            log.error(
                "a watcher broke and starts anew",
                watcher=watcher.name,
                labels=look.labels,
                window=window,
                reason=repr(error),
            )
            return True

    def _ask(self, watcher: Watcher, series: Series, look: Look) -> bool:
        """Let a watcher look; whether its state has changed."""
        state = series.parts.get(watcher.name)
        if state is None:
            state = series.parts[watcher.name] = watcher.start()
        seen = watcher.look(state, look)
        # JSON has no NaN: one would make the whole record unreadable.
        look.values |= {name: one for name, one in seen.values.items() if math.isfinite(one)}
        look.samples |= seen.samples
        look.found += seen.found
        look.references += seen.references
        return not seen.same

    def _forget(self, now: int) -> Iterator[Signal]:
        """Drop who has been silent for too long; all windows of a partition go by one clock."""
        if now < self._newest + DAY // 24:
            return
        self._newest = now
        for key, series in list(self.series.items()):
            if max(series.seen.values()) < now - _FORGET_MS:
                yield from series.course.end(series.labels, now)
                del self.series[key]
                self.changed |= {key, *(key + _OF + name for name in series.parts)}

    def _write(self, entry: str) -> bytes:
        key, _, name = entry.partition(_OF)
        series = self.series.get(key)
        if series is None:
            return b""
        if name:
            return _encoder.encode(series.parts[name])
        return _encoder.encode(Head(series.labels, series.seen, series.course))

    def _read(self, written: Mapping[str, bytes]) -> None:
        for entry, state in written.items():
            if _OF not in entry:
                try:
                    head = _decoder.decode(state)
                except msgspec.MsgspecError as error:
                    log.warning("a series starts anew", series=entry, reason=str(error))
                    continue
                self.series[entry] = Series(head.labels, head.seen, head.course, {})
        for watcher in self._watchers:
            decoder = msgspec.msgpack.Decoder(watcher.state)
            for key, series in self.series.items():
                if (part := written.get(key + _OF + watcher.name)) is None:
                    continue
                try:
                    series.parts[watcher.name] = decoder.decode(part)
                except msgspec.MsgspecError as error:
                    # Written by another version: this watcher begins anew, the others go on.
                    log.warning("a watcher starts anew", watcher=watcher.name, reason=str(error))


def _is_series(labels: Labels) -> bool:
    return all(label in labels for label in _MODEL)


def _key(labels: Labels) -> str:
    return "\0".join(f"{name}={value}" for name, value in sorted(labels.items()))


def _measure(summary: Summary, look: Look) -> Measure:
    return Measure(
        labels=summary.labels,
        window=summary.window,
        start=summary.start,
        end=summary.end,
        revision=summary.count,
        as_of=summary.end,
        final=True,
        completeness=1.0,
        values=look.values,
        samples=look.samples,
        source=TOLD[summary.source],
        base=True,
        generation=summary.generation,
    )
