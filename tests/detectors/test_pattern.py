import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.requirement import allowed

from streamgauge.detectors.pattern import LONGEST, Pattern
from streamgauge.detectors.pattern_reader import PatternError

ATOMS = st.sampled_from(
    ["a", "b", ".", "[ab]", "[^a]", "[a-c_]", r"\d", r"\w", r"\S", r"\.", "(?:ab|c)", "(a|)", "[]]"]
)
REPEATS = st.sampled_from(["", "", "*", "+", "?", "{2}", "{1,2}", "{2,}", "{0,1}", "+?"])
PARTS = st.builds(str.__add__, ATOMS, REPEATS)
SEQUENCES = st.lists(PARTS, max_size=4).map("".join)
CHOICES = st.lists(SEQUENCES, min_size=1, max_size=3).map("|".join)
PATTERNS = CHOICES | st.builds("({}){}".format, CHOICES, REPEATS) | CHOICES.map("^(?:{})$".format)


@given(PATTERNS, st.text("abc1._] \n", max_size=6))
def test_it_says_what_re_says_of_the_whole_text(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == (re.fullmatch(pattern, text) is not None)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"[A-Z]{2}\d{6}", "DE123456"),
        (r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "a.b+c@example.co.uk"),
        (r"(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}", "192.168.255.1"),
        (r"-?\d+(\.\d+)?([eE][+-]?\d+)?", "-1.5e+10"),
        ("é{2}[à-ü]", "ééè"),
        ("", ""),
        (r"a\tb", "a\tb"),
        ("a]b}c", "a]b}c"),
    ],
)
def test_forms_that_people_use(pattern: str, text: str) -> None:
    assert re.fullmatch(pattern, text)
    assert Pattern(pattern).matches(text)
    assert not Pattern(pattern).matches(text + "!")
    # Remembered.
    known = Pattern(pattern)
    assert [known.matches(text), known.matches(text)] == [True, True]


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|aa)+", "(.*a){20}", "(a*)*b", "a*a*a*a*a*a*a*c"])
def test_no_text_takes_long(pattern: str) -> None:
    # With `re` these take hours. A million steps would take a second; this is some ten thousand.
    held = Pattern(pattern)
    begin = time.process_time()
    assert not held.matches("a" * (LONGEST - 1) + "!")
    assert time.process_time() - begin < allowed(1)


def test_a_long_text_never_matches() -> None:
    assert Pattern("a*").matches("a" * LONGEST)
    assert not Pattern("a*").matches("a" * (LONGEST + 1))


def test_a_pattern_that_is_too_large_is_refused() -> None:
    with pytest.raises(PatternError, match="repeats too much"):
        Pattern("((a{100}){100}){100}")
