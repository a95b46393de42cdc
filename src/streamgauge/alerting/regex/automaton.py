"""Matches a tree in time that grows with the text, whatever the expression is.

An automaton with many states at once (K. Thompson, Regular Expression Search Algorithm, 1968) whose
sets of states are kept when met for the first time, as RE2 does. Backtracking, which Python's `re`
does, takes exponential time for `(a*)*b`, and people write expressions into silences.
"""

from streamgauge.alerting.regex.character import WORD, among
from streamgauge.alerting.regex.tree import Between, Chain, Choice, Edge, Node, One, Repeat, Test

MOST_STEPS = 5_000
_MOST_KEPT = 5_000
_is_word = among(WORD)


class _Fork:
    """Go on at any of these places."""

    def __init__(self) -> None:
        self.targets: list[int] = []


_Step = Test | Edge | _Fork | None


class _Place:
    """Where the automaton can be after some text, and what comes next by character."""

    __slots__ = ("accepts", "before", "following", "steps")

    def __init__(self, steps: frozenset[int], before: str) -> None:
        self.steps = steps
        self.before = before
        self.following: dict[str, _Place] = {}
        self.accepts: bool | None = None


class Automaton:
    """A compiled expression; ValueError if it is too large.

    >>> from streamgauge.alerting.regex.syntax import parse
    >>> Automaton(parse("(a*)*b")).fullmatch("a" * 1_000)
    False
    """

    def __init__(self, tree: Node) -> None:
        self._program: list[_Step] = []
        self._add(tree)
        self._put(None)
        self._first = _Place(frozenset({0}), "")
        self._places: dict[tuple[frozenset[int], str], _Place] = {}

    def fullmatch(self, text: str) -> bool:
        """Whether the whole text matches."""
        place = self._first
        for char in text:
            place = place.following.get(char) or self._go(place, char)
            if not place.steps:
                return False
        if place.accepts is None:
            place.accepts = any(
                self._program[step] is None for step in self._reach(place.steps, place.before, "")
            )
        return place.accepts

    def _go(self, place: _Place, char: str) -> _Place:
        steps = set()
        for number in self._reach(place.steps, place.before, char):
            step = self._program[number]
            if callable(step) and step(char):
                steps.add(number + 1)
        # Of what lies behind, only the kind matters.
        before = "\n" if char == "\n" else "a" if _is_word(char) else " "
        key = (frozenset(steps), before)
        if len(self._places) >= _MOST_KEPT:
            self._places.clear()
            self._first = _Place(frozenset({0}), "")
        following = self._places.setdefault(key, _Place(*key))
        if len(place.following) < _MOST_KEPT:
            place.following[char] = following
        return following

    def _reach(self, steps: frozenset[int], before: str, after: str) -> set[int]:
        """All steps that can be next without taking a character."""
        reached: set[int] = set()
        left = list(steps)
        while left:
            number = left.pop()
            if number in reached:
                continue
            reached.add(number)
            step = self._program[number]
            if isinstance(step, _Fork):
                left += step.targets
            elif isinstance(step, str) and _is_at(step, before, after):
                left.append(number + 1)
        return reached

    def _put(self, step: _Step) -> int:
        if len(self._program) >= MOST_STEPS:
            raise ValueError(f"too large: expected at most {MOST_STEPS} steps")
        self._program.append(step)
        return len(self._program) - 1

    def _add(self, node: Node) -> None:
        match node:
            case One(test):
                self._put(test)
            case Between(edge):
                self._put(edge)
            case Chain(parts):
                for part in parts:
                    self._add(part)
            case Choice(parts):
                self._choose(parts)
            case Repeat(part, least, most):
                for _ in range(least):
                    self._add(part)
                self._repeat(part, None if most is None else most - least)

    def _choose(self, parts: tuple[Node, ...]) -> None:
        first, last = _Fork(), _Fork()
        self._put(first)
        for part in parts:
            first.targets.append(len(self._program))
            self._add(part)
            self._put(last)
        last.targets.append(len(self._program))

    def _repeat(self, part: Node, more: int | None) -> None:
        if more is None:
            fork = _Fork()
            begin = self._put(fork)
            fork.targets.append(len(self._program))
            self._add(part)
            back = _Fork()
            back.targets.append(begin)
            self._put(back)
            fork.targets.append(len(self._program))
            return
        forks = [_Fork() for _ in range(more)]
        for fork in forks:
            self._put(fork)
            fork.targets.append(len(self._program))
            self._add(part)
        for fork in forks:
            fork.targets.append(len(self._program))


def _is_at(edge: str, before: str, after: str) -> bool:
    match edge:
        case "begin":
            return not before
        case "end":
            return not after
        case "line begin":
            return before in ("", "\n")
        case "line end":
            return after in ("", "\n")
    differs = bool(before and _is_word(before)) != bool(after and _is_word(after))
    return differs == (edge == "word edge")
