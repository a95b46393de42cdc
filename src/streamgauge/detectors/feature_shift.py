"""An always-valid watch over all features of a model at once: one alarm, and who it is about."""

import math

import msgspec
import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from streamgauge.detectors.group_table import Floats, GroupTable

# The learned alternative: the counts of the last events (half are forgotten after so many), and as
# many events' worth of the reference as keep it from believing the first few.
_HALF_LIFE = 2_000.0
_PRIOR = 100.0
# A feature is back when it is so by that many nats: 1,100 to 1.
_BACK = 7.0
_DIM = -1e300


class Moved(msgspec.Struct, frozen=True):
    """A feature that moved: the shares of its groups before and since, and its share in it all.

    `evidence` is the log-likelihood ratio in nats of the `events` since it moved, each counted for
    what it is worth.
    """

    name: str
    share: float
    evidence: float
    events: float
    before: list[float]
    after: list[float]


class FeatureShift(msgspec.Struct, frozen=True):
    """Features left the reference (`active`) or all are back; the one that moved most is first."""

    active: bool
    moved: list[Moved]


class Held(msgspec.Struct):
    """A feature that moved: what each group says for its return, and what was said so far."""

    moved: Moved
    groups: list[float]
    back: float = 0.0


class FeatureState(msgspec.Struct):
    """What speaks for a change of each feature; arrays of float64 as bytes.

    `evidence` (F, K + 1) are logarithms of Shiryaev-Roberts statistics, `runs` (F, K + 1) the
    log-likelihood ratios since the likeliest moment of a change, `since` (F, G) the counts since
    then, `recent` (F, G) those of the last events.
    """

    evidence: bytes
    runs: bytes
    since: bytes
    recent: bytes
    held: dict[str, Held] = {}


class FeatureWatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="feature_shift"):
    """An e-detector a feature on counts of groups, averaged to one for the model.

    Alternatives are moves of the middle and of the width by known steps, and whatever the last
    events look like. That one is a Dirichlet-multinomial: it learns within a window as if the
    events came one by one, so a window of a million is one step like any other. `tolerance` (nats
    an event, plus what the reference's own chance costs) is what never counts as a change: .004 are
    .09 deviations of the mean. `a_false_alarm` is how many events may cost one.
    """

    tolerance: float = 0.004
    a_false_alarm: float = 1e6

    def start(self, table: GroupTable) -> FeatureState:
        """The state before any window."""
        evidence = np.full(table.weights.shape, _DIM)
        none = np.zeros_like(table.shares)
        return FeatureState(
            evidence.tobytes(), np.zeros_like(evidence).tobytes(), none.tobytes(), none.tobytes()
        )

    def step(
        self,
        state: FeatureState,
        table: GroupTable,
        counts: ArrayLike,
        *,
        spent: float | None = None,
        tolerance: ArrayLike | None = None,
        worth: ArrayLike = 1.0,
    ) -> FeatureShift | None:
        """One window's counts (F, G) of groups: a shift that begins, grows, or ends.

        Values that are missing or no numbers are in no group; a feature without any is left as it
        is. `spent` is the part of a false alarm that this window may cost. `tolerance` (F) replaces
        that of all, where hours of good weeks are known to differ, and `worth` (F) is what part of
        an independent event each is worth (see `FeatureMood`).
        """
        now = np.maximum(np.nan_to_num(np.asarray(counts, dtype=np.float64)), 0.0)
        came = now.sum(axis=1)
        of_all = float(came.max(initial=0.0))
        now = now * np.reshape(worth, (-1, 1))
        came = came * np.asarray(worth)
        part = min(of_all / self.a_false_alarm, 0.01)
        allowed = np.asarray(self.tolerance if tolerance is None else tolerance)
        evidence = _array(state.evidence, table.weights)
        runs = _array(state.runs, table.weights)
        since, recent = _array(state.since, table.shares), _array(state.recent, table.shares)

        steps = _steps(table, now, came, recent) - (came * (allowed + table.blur))[:, None]
        watched = np.asarray(came > 0)
        for name in state.held:
            watched[table.names.index(name)] = False
        begun = np.logaddexp(evidence, math.log(max(part if spent is None else spent, 1e-300)))
        evidence = np.where(watched[:, None], begun + steps, evidence)
        runs = np.where(watched[:, None], np.maximum(runs + steps, 0.0), runs)
        since = np.where(np.any(runs > 0, axis=1, keepdims=True), since + now, 0.0)

        ended = _return(state, table, now)
        joined = _pick(evidence + table.weights)
        for place in joined:
            moved = _moved(table, place, float(runs[place].max()), since[place])
            state.held[moved.name] = Held(moved, _groups(table.shares[place], since[place]))
            evidence[place], runs[place], since[place] = _DIM, 0.0, 0.0
        state.evidence, state.runs = evidence.tobytes(), runs.tobytes()
        state.since, state.recent = since.tobytes(), _forget(recent, now, came).tobytes()
        if joined:
            return FeatureShift(
                active=True, moved=_rank([held.moved for held in state.held.values()])
            )
        return FeatureShift(active=False, moved=ended) if ended and not state.held else None


def _array(content: bytes, like: Floats) -> Floats:
    return np.frombuffer(content).reshape(like.shape).copy()


def _steps(table: GroupTable, now: Floats, came: Floats, recent: Floats) -> Floats:
    """Log-likelihood ratios (F, K + 1) of a window, of the known alternatives and the learned."""
    known = np.matmul(now[:, None, :], table.tilts)[:, 0, :]
    prior = _PRIOR * table.shares + recent
    total = prior.sum(axis=1)
    learned = (gammaln(prior + now) - gammaln(prior)).sum(axis=1)
    learned -= gammaln(total + came) - gammaln(total)
    learned -= (now * np.log(table.shares)).sum(axis=1)
    return np.column_stack([known, learned])


def _forget(recent: Floats, now: Floats, came: Floats) -> Floats:
    halves = came * (math.log(2.0) / _HALF_LIFE)
    weight = np.divide(-np.expm1(-halves), halves, out=np.ones_like(halves), where=halves > 0)
    return np.asarray(recent * np.exp(-halves)[:, None] + now * weight[:, None])


def _pick(weighed: Floats) -> list[int]:
    """Who moved, if the mean over the features speaks for a change: by e-Benjamini-Hochberg.

    Wang and Ramdas ("False discovery rate control with e-values", 2022) take the first k features
    whose k-th statistic is at least F / k.
    """
    of_feature = np.logaddexp.reduce(weighed, axis=1)
    features = len(of_feature)
    if not features or np.logaddexp.reduce(of_feature) < math.log(features):
        return []
    order = np.argsort(-of_feature, kind="stable")
    enough = of_feature[order] >= np.log(features / np.arange(1, features + 1))
    last = int(np.flatnonzero(enough)[-1]) if enough.any() else 0
    return [int(place) for place in order[: last + 1]]


def _moved(table: GroupTable, place: int, evidence: float, since: Floats) -> Moved:
    total = float(since.sum())
    return Moved(
        name=table.names[place],
        share=0.0,
        evidence=evidence,
        events=total,
        before=table.shares[place].tolist(),
        after=(since / max(total, 1.0)).tolist(),
    )


def _groups(shares: Floats, since: Floats) -> list[float]:
    """What a value in each group says for the reference, against the middle between both."""
    moved = (since + 0.5) / (since.sum() + len(since) / 2)
    middle = np.sqrt(shares * moved)
    said: list[float] = np.log(shares * middle.sum() / middle).tolist()
    return said


def _return(state: FeatureState, table: GroupTable, now: Floats) -> list[Moved]:
    """The features that came back with this window."""
    back = []
    for name, held in list(state.held.items()):
        held.back = max(held.back + float(now[table.names.index(name)] @ held.groups), 0.0)
        if held.back >= _BACK:
            back.append(state.held.pop(name).moved)
    return _rank(back)


def _rank(moved: list[Moved]) -> list[Moved]:
    total = sum(one.evidence for one in moved)
    ranked = sorted(moved, key=lambda one: (-one.evidence, one.name))
    return [msgspec.structs.replace(one, share=one.evidence / max(total, 1e-9)) for one in ranked]
