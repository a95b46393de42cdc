"""What holds for every expression of the subset."""

from random import Random

import pytest

from streamgauge.alerting.promql.error import EvaluationError, OutsideSubsetError
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.lexer import words
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import show

from .random_expression import Expressions
from .random_series import STEP, draw_series
from .series import labels_of, load

SEED = 6


def test_pointwise_expressions_give_the_same_series_by_series() -> None:
    chance = Random(SEED)
    series = draw_series(chance)
    held = load(Store(), series, STEP)
    expressions, met = Expressions(chance), 0
    for _ in range(1_000):
        read = parse(expressions.vector(chance.randint(0, 2)).text)
        at = chance.randint(0, 50) * STEP
        if read.pointwise:
            together = [(show(it.labels), repr(it.value)) for it in evaluate(read, held, at)]
            apart = [
                (show(it.labels), repr(it.value))
                for text in series
                for it in evaluate(read, held.only(labels_of(text)), at)
            ]
            assert sorted(apart) == sorted(together), read
            met += bool(together)
    assert met >= 200


def test_an_expression_sees_nothing_beyond_its_reach() -> None:
    chance = Random(SEED)
    series = draw_series(chance)
    expressions, met = Expressions(chance), 0
    for _ in range(60):
        read, at = parse(expressions.vector(2).text), 30 * STEP
        whole, cut = load(Store(), series, STEP), load(Store(), series, STEP)
        cut.forget(at - read.reach + 1)
        try:
            found = [(show(it.labels), repr(it.value)) for it in evaluate(read, whole, at)]
        except EvaluationError:
            continue
        assert [(show(it.labels), repr(it.value)) for it in evaluate(read, cut, at)] == found
        met += bool(found)
    assert met >= 30


def test_a_word_too_much_is_found_wherever_it_stands() -> None:
    chance = Random(SEED)
    expressions = Expressions(chance)
    for _ in range(25):
        text = expressions.vector(chance.randint(1, 3)).text
        every = words(text)
        start = chance.choice(every).start
        # Or at the next one: `=` could have become `==`.
        where = f"column ({start + 2}|{start + 4}): "
        with pytest.raises(OutsideSubsetError, match=where):
            parse(f"{text[:start]} = {text[start:]}")
