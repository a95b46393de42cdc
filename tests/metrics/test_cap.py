from collections import Counter
from random import Random

from hypothesis import given, settings

from streamgauge.metrics.cap import OTHER, Cap, Family, Key, Rule, rank

from .event import randoms

LIMIT = 5
REST = (OTHER, OTHER, OTHER)


def _family(key: Key) -> Family | None:
    if key[0] == OTHER:
        return None if key == REST else Family(OTHER, 0)
    return Family("rest", 2) if key[2] == OTHER else Family(key[0], LIMIT)


def _overflow(key: Key) -> Key:
    return REST if OTHER in key else (key[0], key[1], OTHER)


DECLARED = frozenset({("b", "1", "9"), ("b", "2", "8")})
RULE = Rule(_family, _overflow, DECLARED)


class Counted:
    """Counts keys under the places that a cap gives them, moving what it says."""

    def __init__(self) -> None:
        self.cap = Cap(RULE)
        self.counts: Counter[Key] = Counter()

    def add(self, key: Key, count: int) -> None:
        for gone, to in self.cap.admit(key):
            self.counts[to] += self.counts.pop(gone)
        self.counts[self.cap.place(key)] += count

    def merge(self, other: "Counted") -> None:
        for key, count in other.counts.items():
            self.add(key, count)


def keys(random: Random, number: int) -> list[Key]:
    return [
        (random.choice("abc"), random.choice("12"), str(random.randrange(20)))
        for _ in range(number)
    ]


def named(given_keys: list[Key]) -> set[Key]:
    """By definition: of each family the declared ones, then those with the smallest hashes."""
    kept: set[Key] = set()
    everybody = set(given_keys)
    for family in "abc":
        own = [key for key in everybody if key[0] == family]
        own.sort(key=lambda key: (key not in DECLARED, rank("\0".join(key))))
        kept |= set(own[:LIMIT])
    rests = {_overflow(key) for key in everybody - kept}
    kept_rests = sorted(rests, key=lambda key: rank("\0".join(key)))[:2]
    return kept | set(kept_rests) | ({REST} if len(rests) > 2 else set())


@settings(max_examples=150, deadline=None)
@given(randoms)
def test_any_order_keeps_the_same_keys_and_counts_the_same_under_them(random: Random) -> None:
    came = keys(random, random.choice((3, 30, 150)))
    answers = []
    for _ in range(3):
        random.shuffle(came)
        counted = Counted()
        for key in came:
            counted.add(key, 1)
        answers.append(counted.counts)
    assert answers[0] == answers[1] == answers[2]
    assert set(answers[0]) == named(came)
    assert answers[0].total() == len(came)
    alone = Counter(came)
    for key in named(came):
        if OTHER not in key:
            assert answers[0][key] == alone[key]


@settings(max_examples=100, deadline=None)
@given(randoms)
def test_parts_that_were_bounded_alone_merge_to_what_the_whole_gives(random: Random) -> None:
    came = keys(random, 120)
    whole = Counted()
    parts = [Counted() for _ in range(3)]
    for key in came:
        whole.add(key, 1)
        random.choice(parts).add(key, 1)
    random.shuffle(parts)
    for part in parts[1:]:
        parts[0].merge(part)
    assert parts[0].counts == whole.counts


def test_who_is_kept_is_told_once_and_displaced_ones_are_moved_in_an_order_that_works() -> None:
    cap = Cap(RULE)
    came = [("a", str(number % 2), str(number)) for number in range(200)]
    moved = [move for key in came for move in cap.admit(key)]
    gone = [move.gone for move in moved]
    assert len(gone) == len(set(gone))
    assert not set(gone) & cap.kept
    assert all(cap.place(move.to) in cap.kept for move in moved)


def test_nobody_is_kept_in_a_family_without_places() -> None:
    cap = Cap(RULE)
    assert cap.admit((OTHER, "1", "x")) == []
    assert cap.kept == {REST}
    assert cap.place((OTHER, "1", "x")) == REST


def test_what_is_forgotten_may_come_again() -> None:
    cap = Cap(RULE)
    mine = [("a", "1", str(number)) for number in range(LIMIT)]
    for key in mine:
        cap.admit(key)
    cap.forget(mine)
    assert cap.kept == set()
    assert [cap.admit(key) for key in mine] == [[]] * LIMIT


def test_a_rank_is_the_same_for_ever() -> None:
    # BLAKE2b of the empty text with 8 bytes, as `b2sum -l 64 /dev/null` prints it.
    assert f"{rank(''):016x}" == "e4a6a0577479b2b4"
