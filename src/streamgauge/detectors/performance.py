"""How good a model is: by estimate, by some of its truths, by all of them; and whether it is worse.

A window is *provisional* while too few truths are known: then the estimate (`cbpe`) is what there
is. It is *partial* while truths may still come or change, and *final* after the horizon, when none
can. What is compared is always a level with its uncertainty (`level`): a model is called worse only
where the loss matters and is certain. Alarms that may be asked after every label are elsewhere.
"""

from typing import Literal

import msgspec

from streamgauge.detectors.level import Level

Stage = Literal["provisional", "partial", "final"]


class Standing(msgspec.Struct, frozen=True, kw_only=True, tag="standing"):
    """How much of the truth about a window is known."""

    stage: Stage
    labels: int
    predictions: int

    @property
    def coverage(self) -> float:
        """The share of the predictions whose truth is known."""
        return min(self.labels / self.predictions, 1.0) if self.predictions > 0 else 0.0

    @property
    def text(self) -> str:
        """It in words.

        >>> Standing(stage="partial", labels=37, predictions=100).text
        'partial: 37 % of the truths are known'
        """
        share = 100 * self.coverage
        known = f"{share:.0f} %" if share == round(share) or share >= 1 else "less than 1 %"
        return f"{self.stage}: {known} of the truths are known"


class Degradation(msgspec.Struct, frozen=True, kw_only=True, tag="degradation"):
    """A figure against the reference: `loss` is positive where the model got worse.

    `loss` is in the figure's own unit, `effect` in spreads of one observation, `certainty` in
    standard errors. `worse` says that all of it is enough.
    """

    figure: str
    before: float
    after: float
    loss: float
    effect: float
    certainty: float
    samples: int
    worse: bool

    @property
    def text(self) -> str:
        """It in words."""
        how = "is worse" if self.worse else "is as it was" if self.loss <= 0 else "is hardly worse"
        return (
            f"{self.figure} {how}: {self.before:.4g} in the reference, {self.after:.4g} now "
            f"({self.certainty:.1f} standard errors, {self.samples} samples)"
        )


class Performance(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="performance"
):
    """The parameters: what is enough to speak, and what is enough to call a model worse.

    A share (accuracy, F1, AUC) must fall by `drop`, an error (MAE) rise by `rise` of what it was;
    both must be `certain` standard errors apart, and both sides have enough samples.

    >>> from streamgauge.detectors.level import rate
    >>> before, after = rate(9_400, 10_000), rate(880, 1_000)
    >>> Performance().judge("accuracy", before, after).worse
    True
    """

    least: int = 250
    least_reference: int = 1_000
    drop: float = 0.02
    rise: float = 0.1
    certain: float = 4.0

    def stand(self, *, labels: int, predictions: int, end: int, now: int, horizon: int) -> Standing:
        """How far a window is that ended at `end`; truths may come for `horizon` ms after that."""
        labels, predictions = max(labels, 0), max(predictions, labels, 0)
        stage: Stage = "provisional"
        if now >= end + horizon:
            stage = "final"
        elif labels >= self.least:
            stage = "partial"
        return Standing(stage=stage, labels=labels, predictions=predictions)

    def judge(
        self, figure: str, before: Level | None, after: Level | None, *, is_error: bool = False
    ) -> Degradation | None:
        """Whether a figure is worse than in the reference; None while there is too little to say.

        `is_error` says that less is better, as of MAE.
        """
        if before is None or after is None:
            return None
        if before.samples < self.least_reference or after.samples < self.least:
            return None
        effect, certainty = after.scores(before)
        sign = 1.0 if is_error else -1.0
        loss = sign * (after.value - before.value)
        enough = self.rise * abs(before.value) if is_error else self.drop
        return Degradation(
            figure=figure,
            before=before.value,
            after=after.value,
            loss=loss,
            effect=sign * effect,
            certainty=sign * certainty,
            samples=after.samples,
            worse=loss > 0 and loss >= enough and sign * certainty >= self.certain,
        )
