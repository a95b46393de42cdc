r"""Whether a text has the form that a schema asks for, in a time that no text can blow up.

Regular expressions as `re.fullmatch` understands them, without references back and looking around.
All ways to match are followed at once (Thompson, "Regular expression search algorithm", 1968), so a
text costs at most its length times the size of the pattern, and both are bounded.

>>> date = Pattern(r"\d{4}-\d{2}-\d{2}")
>>> date.matches("2026-11-21"), date.matches("21.11.2026"), Pattern("(a+)+").matches("a" * 60 + "b")
(True, False, False)
"""

from collections.abc import Iterable
from typing import NamedTuple

from streamgauge.detectors.pattern_reader import (
    MANY,
    Choice,
    Node,
    PatternError,
    Repeat,
    Sequence,
    Test,
    read,
)

# Names of categories are cut to 128 characters when they are counted: a longer text never matches.
LONGEST = 127
_MOST_STATES = 2_000
_REMEMBERED = 4_096


class _State(NamedTuple):
    """Where a match may be: a `test` lets a character through; without one, all ways are free."""

    test: Test | None
    after: list[int]


class Pattern:
    """A pattern that is ready to match; raises PatternError where it cannot be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._states: list[_State] = []
        end = self._state(None, [])
        self._start = self._build(read(text), end)
        self._known: dict[str, bool] = {}

    def matches(self, text: str) -> bool:
        """Whether the whole text is of this form."""
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[text] = len(text) <= LONGEST and self._run(text)
        return known

    def _run(self, text: str) -> bool:
        here = self._reach([self._start])
        for char in text:
            here = self._reach(
                after
                for test, (after, *_) in (self._states[one] for one in here if one)
                if test is not None and test(char)
            )
            if not here:
                return False
        return 0 in here

    def _reach(self, places: Iterable[int]) -> set[int]:
        """These states and all that are reached from them without a character."""
        waiting = list(places)
        found = set(waiting)
        while waiting:
            test, after = self._states[waiting.pop()]
            if test is None:
                fresh = [one for one in after if one not in found]
                found.update(fresh)
                waiting += fresh
        return found

    def _state(self, test: Test | None, after: list[int]) -> int:
        if len(self._states) >= _MOST_STATES:
            raise PatternError(f"pattern {self.text!r}: it repeats too much")
        self._states.append(_State(test, after))
        return len(self._states) - 1

    def _build(self, node: Node, after: int) -> int:
        """The state at which a node begins that is followed by the state `after`."""
        if isinstance(node, Sequence):
            for part in reversed(node.parts):
                after = self._build(part, after)
            return after
        if isinstance(node, Choice):
            return self._state(None, [self._build(part, after) for part in node.parts])
        if not isinstance(node, Repeat):
            return self._state(node, [after])
        place = after
        if node.most == MANY:
            ways: list[int] = []
            place = self._state(None, ways)
            ways += [self._build(node.part, place), after]
        else:
            for _ in range(node.most - node.least):
                place = self._state(None, [self._build(node.part, place), after])
        for _ in range(node.least):
            place = self._build(node.part, place)
        return place
