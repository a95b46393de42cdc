"""Compares what the events say with what was published, window by window."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import replace

from streamgauge.audit.account import Account, Place, Series
from streamgauge.audit.expectation import expect
from streamgauge.audit.published import Published, Window, labels_of, series_of
from streamgauge.audit.state import PartitionState
from streamgauge.audit.tally import Tally
from streamgauge.contracts.measure import Measure

V = TypeVar("V")
_OTHER = "__other__"
_MS = 1_000
# A series without a dimension: model and version.
_PLAIN = 2
# The name of a window that nobody has named.
UNPUBLISHED = "-"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as it should be; None where a side says nothing of it.

    `start` is milliseconds; `state` is what the state logs add up to.
    """

    labels: dict[str, str]
    window: str
    start: int
    name: str
    events: float | None
    state: float | None = None
    published: float | None

    def __str__(self) -> str:
        series = ",".join(f"{name}={value}" for name, value in self.labels.items())
        return (
            f"{{{series}}} {self.window} at {self.start}: {self.name}: events say {self.events}, "
            f"the state log says {self.state}, published was {self.published}"
        )


class Proof(msgspec.Struct, kw_only=True):
    """The verdict: how many final windows (of a series each) hold, and all that does not."""

    proven: int = 0
    unprovable: int = 0
    unchecked: list[str] = []
    differences: list[Difference] = []


class Evidence(NamedTuple):
    """What is compared: the events, what was published, who was refused, the state logs."""

    account: Account
    published: Published
    buried: Collection[Place]
    states: Mapping[int, PartitionState]


def prove(evidence: Evidence, span: tuple[int, int]) -> Proof:
    """Prove all final windows that lie within `span`; those that start before are unprovable."""
    proof = Proof()
    names: set[str] = set()
    windows = evidence.published.windows
    for window in sorted(windows):
        held = {series_of(labels): measure for labels, measure in windows[window].items()}
        if window.end > span[1]:
            continue
        newest = evidence.published.newest
        if window.start < span[0] or any(one.generation < newest for one in held.values()):
            # Another generation counted it, into a state log of its own.
            proof.unprovable += len(held)
            continue
        told = evidence.account.window(window.start, window.end, evidence.buried)
        tallies = {home: Tally.of(parts) for home, parts in _settle(told, held).items()}
        state = _state(evidence, window, held)
        for series in sorted(held.keys() | tallies.keys()):
            tally, measure = tallies.get(series, Tally()), held.get(series)
            found = list(_compare(window, series, measure, tally, names))
            if state is not None and state[series] != tally.count:
                counted = float(state[series])
                found.append(_difference(window, series, "state_log_count", tally, measure))
                found = [replace(one, state=counted) for one in found]
            proof.differences += found
            proof.proven += not found
    proof.differences += _unpublished(evidence, span)
    proof.differences += _misplaced(evidence)
    proof.unchecked = sorted(names)
    return proof


def _settle(told: Mapping[Series, V], held: Collection[Series]) -> dict[Series, list[V]]:
    """What counts under which published series: its own, or that of the rest without a place."""
    settled: dict[Series, list[V]] = {}
    for series, one in told.items():
        rest = [(_OTHER, _OTHER, *series[2:3], *[_OTHER] * len(series[3:]))]
        if len(series) > _PLAIN:
            rest.insert(0, (*series[:3], _OTHER))
        home = next((home for home in (series, *rest) if home in held), series)
        settled.setdefault(home, []).append(one)
    return settled


def _state(evidence: Evidence, window: Window, held: Collection[Series]) -> Counter[Series] | None:
    """What the state logs count; None where they do not say."""
    known = any(state.known for state in evidence.states.values())
    if not known or window.end - window.start != evidence.account.width:
        return None
    told: Counter[Series] = Counter()
    for state in evidence.states.values():
        if state.trimmed and window.start not in state.counts:
            return None
        told.update(state.counts.get(window.start, {}))
    return Counter({home: sum(parts) for home, parts in _settle(told, held).items()})


def _compare(
    window: Window, series: Series, measure: Measure | None, tally: Tally, names: set[str]
) -> Iterator[Difference]:
    values = measure.values if measure else {}
    expected = expect(tally, (window.end - window.start) / _MS)
    # Values of a dimension are published with fewer measures than versions of a model.
    wanted = expected.keys() if len(series) == _PLAIN else expected.keys() & values.keys()
    for name in sorted({"prediction_count", *wanted}):
        found = values.get(name)
        if found is None or not expected[name].holds(found):
            yield replace(
                _difference(window, series, name, tally, measure),
                events=expected[name].value,
                published=found,
            )
    names.update(name.partition("{")[0] for name in values.keys() - expected.keys())


def _difference(
    window: Window, series: Series, name: str, tally: Tally, measure: Measure | None
) -> Difference:
    return Difference(
        labels=dict(labels_of(series)),
        window=window.name,
        start=window.start,
        name=name,
        events=float(tally.count),
        published=float(measure.revision) if measure else None,
    )


def _unpublished(evidence: Evidence, span: tuple[int, int]) -> Iterator[Difference]:
    """Windows that the watermark has passed and nobody published at all."""
    account, published = evidence.account, evidence.published
    width = account.width
    shown = {one.start for one in published.windows if one.end - one.start == width}
    for start in sorted(account.tallies):
        window = Window(UNPUBLISHED, start, start + width)
        passed = window.end <= min(span[1], published.watermark)
        if start not in shown and start >= span[0] and passed:
            for series, tally in account.window(start, window.end, evidence.buried).items():
                yield _difference(window, series, "prediction_count", tally, None)


def _misplaced(evidence: Evidence) -> Iterator[Difference]:
    """Accepted and rejected are all there is: good events on dead-letters, bad ones nowhere."""
    account = evidence.account
    nowhere = sum(1 for place in account.unreadable if place not in evidence.buried)
    torn = sum(state.torn for state in evidence.states.values())
    for name, found in (
        ("good_events_on_dead_letters", account.refused),
        ("bad_events_not_on_dead_letters", nowhere),
        ("bases_that_differ_from_their_deltas", torn),
    ):
        if found:
            yield Difference(
                labels={},
                window=UNPUBLISHED,
                start=0,
                name=name,
                events=0.0,
                published=float(found),
            )
