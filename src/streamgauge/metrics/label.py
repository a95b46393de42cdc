"""A label: the truth about one prediction, beside what the model had said."""

from typing import Literal

import msgspec

from streamgauge.contracts.prediction import Task

Truth = float | str
# What became of an outcome: the first truth, one that replaces it, another without a revision, the
# same again, a correction of nothing that is known, or the truth about no known prediction.
Verdict = Literal["label", "correction", "conflict", "duplicate", "unmatched", "orphan"]
VERDICTS: tuple[Verdict, ...] = (
    "label",
    "correction",
    "conflict",
    "duplicate",
    "unmatched",
    "orphan",
)
UNKNOWN = "__unknown__"


class Label(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One outcome after it was joined: every accepted outcome becomes exactly one.

    `at` is when the truth was known, `ts` when the prediction was made (both ms since 1970); `ts`
    is `at` for an orphan. Where it replaces an earlier label, that one's truth, time and reward
    stand in `old_truth`, `old_at` and `old_reward`. `confidence` is that of the predicted class or
    number, `score` the probability of the positive class.
    """

    verdict: Verdict
    model: str
    version: str
    ts: int
    at: int
    truth: Truth
    reward: float | None = None
    old_truth: Truth | None = None
    old_at: int = 0
    old_reward: float | None = None
    task: Task | None = None
    prediction: Truth | None = None
    confidence: float | None = None
    score: float | None = None
    experiment: str | None = None
    arm: str | None = None
    endpoint: str | None = None
    dimensions: dict[str, str] = {}

    @property
    def applies(self) -> bool:
        """Whether the truth holds from now on; one that does not is counted by its verdict only.

        Of two conflicting truths the later one applies, whichever came first.
        """
        return self.verdict in {"label", "correction"} or (
            self.verdict == "conflict" and self.old_truth is not None
        )
