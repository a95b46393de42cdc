"""What a truth says about a prediction: an error, a class that was hit or missed, yes or no."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from streamgauge.metrics.column import NAME_LENGTH, NAN
from streamgauge.metrics.label import Label, Truth

_YES = frozenset({"1", "true", "yes", "positive"})
_NO = frozenset({"0", "false", "no", "negative"})
# From here on a score counts as yes; what other thresholds would do, the score histogram tells.
_HALF = 0.5
_EXACT = 2**53


class Told(NamedTuple):
    """Numbers of a regression, classes of anything else; what is not known is NaN or None.

    `positive` is 1 or 0 where `score`, the probability of the positive class, is known, else -1.
    """

    truth: float = NAN
    predicted: float = NAN
    truth_class: str | None = None
    predicted_class: str | None = None
    confidence: float = NAN
    score: float = NAN
    positive: int = -1


NOTHING = Told()


def tell(label: Label, truth: Truth, positive: Mapping[str, str]) -> Told:
    """What this truth says about the label's prediction.

    `positive` names the positive class by model, where it is none of 1, true, yes, positive. Two
    numbers are a regression unless the task is classification. A prediction of the task `score`
    from 0 to 1 whose truth is a yes or a no is a probability as well: it says yes from 0.5 on.

    >>> fields = {"verdict": "label", "model": "m", "version": "1", "ts": 0, "at": 0, "truth": "b"}
    >>> tell(Label(prediction="a", confidence=0.7, **fields), "b", {})[2:5]
    ('b', 'a', 0.7)
    """
    predicted, named = label.prediction, positive.get(label.model)
    if predicted is None:
        return NOTHING
    if label.task == "classification" or (label.task is None and _words(truth, predicted)):
        return _classed(label, truth, predicted, named)
    told = NOTHING
    if isinstance(truth, float) and isinstance(predicted, float) and _finite(truth, predicted):
        told = Told(truth, predicted)
    if label.task == "score":
        if isinstance(predicted, str):
            return _classed(label, truth, predicted, named)
        if 0.0 <= predicted <= 1.0:
            return _scored(told, predicted, says(truth, named))
    return told


def _words(truth: Truth, predicted: Truth) -> bool:
    return isinstance(truth, str) or isinstance(predicted, str)


def _finite(truth: float, predicted: float) -> bool:
    return math.isfinite(truth) and math.isfinite(predicted)


def _scored(told: Told, score: float, yes: bool | None) -> Told:
    if yes is None:
        return told
    return told._replace(
        truth_class="1" if yes else "0",
        predicted_class="1" if score >= _HALF else "0",
        confidence=max(score, 1.0 - score),
        score=score,
        positive=int(yes),
    )


def _classed(label: Label, truth: Truth, predicted: Truth, named: str | None) -> Told:
    sure = NAN if label.confidence is None else label.confidence
    told = Told(truth_class=text(truth), predicted_class=text(predicted), confidence=sure)
    yes = says(truth, named)
    score = label.score
    if score is None and named is None and yes is not None and label.confidence is not None:
        # Of two classes the confidence in one is the doubt in the other.
        guess = says(predicted, None)
        if guess is not None:
            score = label.confidence if guess else 1.0 - label.confidence
    if score is None or yes is None:
        return told
    return told._replace(score=score, positive=int(yes))


def says(value: Truth, named: str | None) -> bool | None:
    """Whether a truth is the positive class; None where nobody said which class that is.

    >>> says(1.0, None), says("No", None), says("spam", "spam"), says("spam", None)
    (True, False, True, None)
    """
    word = text(value)
    if named is not None:
        return word == named
    word = word.casefold()
    return True if word in _YES else False if word in _NO else None


def text(value: Truth) -> str:
    """A class as it is called, however it was written: 1.0 and "1" are the same.

    >>> text(1.0), text("1"), text(0.5)
    ('1', '1', '0.5')
    """
    if isinstance(value, str):
        return value[:NAME_LENGTH]
    whole = math.isfinite(value) and abs(value) < _EXACT and value == int(value)
    return str(int(value)) if whole else repr(value)
