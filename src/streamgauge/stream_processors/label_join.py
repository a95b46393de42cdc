"""Outcomes to labels: by their receipts, or by the prediction ids that are remembered."""

from collections.abc import Sequence
from typing import Any

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.receipt import Claims, Receipts
from streamgauge.join import Join
from streamgauge.metrics.label import UNKNOWN, Label
from streamgauge.settings import Settings
from streamgauge.stream_processors.label_fact import Fact, judge
from streamgauge.stream_processors.label_store import Ask, Known, LabelStore, Waited


class Resolved(msgspec.Struct, frozen=True):
    """A batch after the join: each outcome is one label, or refused for its receipt.

    `places` and those of `rejects` are places in the batch, ascending.
    """

    labels: list[Label]
    places: list[int]
    rejects: list[tuple[int, Reject]]


class LabelJoin:
    """Finds the prediction of each outcome, and what its truth replaces.

    The same event gets the same answer whenever it is asked about, whichever stage asks, and
    whatever died in between: see `label_store`. Without `store` nothing is remembered: a truth
    counts as often as it comes, no correction has a match, and only receipts know predictions.
    """

    def __init__(self, desk: Receipts | None, join: Join, store: LabelStore | None) -> None:
        self._desk = desk
        self._store = store
        self._corrects = join.corrections
        self._models = frozenset(join.models)
        self._positive = join.positive

    @classmethod
    def of(cls, settings: Settings, client: Any) -> "LabelJoin":
        """The join that the settings describe, with an asyncio client of Redis."""
        join = settings.join
        wanted = join.corrections or join.models
        store = LabelStore(client, join) if wanted else None
        return cls(settings.receipt.desk(), join, store)

    @property
    def joins(self) -> bool:
        """Whether predictions of any model are to be remembered."""
        return bool(self._models) and self._store is not None

    async def resolve(
        self,
        outcomes: Sequence[Outcome],
        offsets: Sequence[int],
        *,
        partition: int,
        now: int,
        appended: Sequence[int] | None = None,
    ) -> Resolved:
        """What became of the outcomes of one partition; waits as long as Redis is away.

        A receipt is valid or not as the broker got the outcome, `appended`; without that it is
        judged by the clock.
        """
        asks: list[Ask] = []
        places: list[int] = []
        rejects: list[tuple[int, Reject]] = []
        times = appended or [now] * len(offsets)
        for place, (outcome, offset, at) in enumerate(zip(outcomes, offsets, times, strict=True)):
            claims = self._claims(outcome, at)
            if isinstance(claims, Reject):
                rejects.append((place, claims))
                continue
            fact, event = Fact.of(outcome), b""
            if claims is None and self._may_wait(outcome):
                event = codec.encode(msgspec.structs.replace(outcome, truth=fact.truth))
            asks.append(Ask(outcome.prediction_id, f"{partition}:{offset}", fact, claims, event))
            places.append(place)
        known = await self._look(asks, now)
        labels = [
            label_of(outcomes[place], ask.fact, one)
            for place, ask, one in zip(places, asks, known, strict=True)
        ]
        return Resolved(labels, places, rejects)

    async def remember(self, predictions: Sequence[Prediction], now: int) -> list[Waited]:
        """Remember the predictions of the models that are joined by id.

        Returns outcomes that waited for them: they belong on the topic `outcomes` again, before the
        predictions count as read. Should they be sent twice, they are duplicates.
        """
        if not self._models or self._store is None:
            return []
        chosen = [
            claims_of(event, self._positive)
            for event in predictions
            if event.model in self._models and event.prediction is not None
        ]
        return await self._store.remember(chosen, now)

    async def made(self) -> dict[str, int]:
        """How many entries of each kind are remembered: `label`, `prediction`, `waiting`.

        `full` is how many found no room. All of it is of the last `join.keep_hours`.
        """
        return await self._store.made() if self._store else {}

    def _claims(self, outcome: Outcome, now: int) -> Claims | Reject | None:
        if outcome.receipt is None or self._desk is None:
            return None
        claims = self._desk.check(outcome.receipt, now)
        if isinstance(claims, Claims) and claims.id != outcome.prediction_id:
            return Reject("receipt", "receipt of another prediction")
        return claims

    def _may_wait(self, outcome: Outcome) -> bool:
        return bool(self._models) and (outcome.model is None or outcome.model in self._models)

    async def _look(self, asks: Sequence[Ask], now: int) -> list[Known | None]:
        known = [Known(ask.claims, []) if ask.claims else None for ask in asks]
        if self._store is None:
            return known
        asked = [place for place, one in enumerate(known) if one is None or self._corrects]
        answers = await self._store.look([asks[place] for place in asked], now)
        for place, answer in zip(asked, answers, strict=True):
            known[place] = answer
        return known


def claims_of(event: Prediction, positive: dict[str, str]) -> Claims:
    """What a receipt of this prediction would say, but for whom it was made."""
    named = positive.get(event.model)
    likely = event.probabilities or {}
    return Claims(
        id=event.id,
        ts=event.ts,
        model=event.model,
        version=event.version,
        prediction=event.prediction,
        score=likely.get(named) if named else None,
        confidence=event.confidence,
        task=event.task,
        experiment=event.experiment,
        arm=event.arm,
        allocation=event.allocation,
        propensity=event.propensity,
        endpoint=event.endpoint,
        dimensions=event.dimensions,
    )


def label_of(outcome: Outcome, fact: Fact, known: Known | None) -> Label:
    """The label that an outcome is, given what is known of its prediction and who spoke before."""
    if known is None:
        return Label(
            verdict="orphan",
            model=outcome.model or UNKNOWN,
            version=UNKNOWN,
            ts=outcome.ts,
            at=outcome.ts,
            truth=fact.truth,
        )
    claims = known.claims
    verdict, old = judge(known.before, fact)
    return Label(
        verdict=verdict,
        model=claims.model,
        version=claims.version,
        ts=claims.ts,
        at=outcome.ts,
        truth=fact.truth,
        reward=outcome.reward,
        old_truth=old.truth if old else None,
        old_at=old.ts if old else 0,
        old_reward=old.reward if old else None,
        task=claims.task,
        prediction=claims.prediction,
        confidence=claims.confidence,
        score=claims.score,
        experiment=claims.experiment,
        arm=claims.arm,
        endpoint=claims.endpoint,
        dimensions=claims.dimensions,
    )
