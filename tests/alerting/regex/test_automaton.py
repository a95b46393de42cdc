"""Against Python's own `re` on what both read the same, and for what hangs `re`."""

import random
import re
import time

import pytest
from tests.requirement import allowed

from streamgauge.alerting.regex.automaton import Automaton
from streamgauge.alerting.regex.syntax import parse


def matches(expression: str, text: str) -> bool:
    return Automaton(parse(expression)).fullmatch(text)


def draw(rng: random.Random, depth: int = 0) -> str:
    kind = rng.randrange(4 if depth < 3 else 1)
    if kind == 1:
        return draw(rng, depth + 1) + draw(rng, depth + 1)
    if kind == 2:
        return f"({draw(rng, depth + 1)}|{draw(rng, depth + 1)})"
    if kind == 3:
        return f"(?:{draw(rng, depth + 1)}){rng.choice(['*', '+', '?', '{2}', '{1,}', '{0,2}'])}"
    return rng.choice(["a", "b", ".", "[ab]", "[^a]", r"\w", r"\d", "", "^", "$", r"\b", r"\."])


def test_it_matches_what_python_matches() -> None:
    rng = random.Random(20261122)
    compared = 0
    for _ in range(400):
        expression = draw(rng)
        ours = Automaton(parse(expression))
        # Python's $ also stands before a last line end: \Z is what RE2 means by it.
        theirs = re.compile(expression.replace("$", r"\Z"), re.DOTALL | re.ASCII)
        for _ in range(20):
            text = "".join(rng.choices("ab. 1", k=rng.randrange(6)))
            assert ours.fullmatch(text) == bool(theirs.fullmatch(text)), (expression, text)
            compared += 1
    assert compared == 8_000


@pytest.mark.parametrize(
    "expression",
    ["(a*)*b", "(a|aa)+b", "(a|a)*b", "(.*)*z", "(a?){50}a{50}b", r"(\w+\s?)*!", "(x+x+)+y"],
)
def test_no_expression_makes_it_hang(expression: str) -> None:
    started = time.monotonic()
    assert not matches(expression, "a" * 5_000 + "x" * 5_000)
    assert time.monotonic() - started < allowed(5)


def test_it_forgets_states_instead_of_growing() -> None:
    expression = Automaton(parse("(a|b)*a(a|b){14}"))
    rng = random.Random(20261122)
    text = "".join(rng.choices("ab", k=30_000))
    assert expression.fullmatch(text) == (text[-15] == "a")
    assert expression.fullmatch("a" + "b" * 14)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 5000 steps"):
        Automaton(parse("(abcdefgh){900}"))
