from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streamgauge.metrics.category import LIMIT, OTHER, Counts, cap, escape, merge, shares, tally

from .event import randoms

counts = st.dictionaries(st.sampled_from([*"abcdefgh", OTHER]), st.integers(1, 9))


def add(parts: list[Counts]) -> Counts:
    total: Counts = {}
    for part in parts:
        total = merge(total, part)
    return total


def test_a_tally_counts_names_and_leaves_out_none() -> None:
    assert tally(["a", None, "b", "a"]) == {"a": 2, "b": 1}
    assert tally([]) == tally([None]) == {}


@given(counts, st.integers(1, 6))
def test_a_cap_keeps_the_total(held: Counts, limit: int) -> None:
    capped = cap(held, limit)
    assert sum(capped.values()) == sum(held.values())
    assert len(capped) <= limit + 1
    assert cap(capped, limit) == capped
    assert all(held[name] == count for name, count in capped.items() if name != OTHER)


def test_what_fits_is_left_alone() -> None:
    held = {f"{place:03}": 1 for place in range(LIMIT)}
    assert cap(held) == held
    assert cap(held | {"999": 5}) == held | {OTHER: 5}


@given(counts, counts)
def test_a_merge_is_a_sum(one: Counts, other: Counts) -> None:
    assert merge(one, other) == merge(other, one) == dict(Counter(one) + Counter(other))


def test_a_merge_changes_neither_side() -> None:
    one, other = {"a": 1}, {"a": 2}
    merge(one, other)
    assert (one, other) == ({"a": 1}, {"a": 2})


@settings(max_examples=40, deadline=None)
@given(randoms, st.integers(LIMIT - 20, 3 * LIMIT))
def test_many_names_merge_to_the_same_in_any_order(random: Random, names: int) -> None:
    pool = [*(f"{name:03}" for name in range(names)), OTHER]
    parts: list[Counts] = [
        {random.choice(pool): random.randint(1, 5) for _ in range(random.randrange(300))}
        for _ in range(8)
    ]
    whole: Counter[str] = sum((Counter(part) for part in parts), Counter())
    kept = sorted(set(whole) - {OTHER})[:LIMIT]
    expected = {name: whole[name] for name in kept}
    if rest := whole.total() - sum(expected.values()):
        expected[OTHER] = rest
    assert add(parts) == expected
    random.shuffle(parts)
    assert add(parts) == expected
    left, right = add(parts[:3]), add(parts[3:])
    assert merge(left, right) == merge(right, left) == expected


def test_shares_are_of_the_total_and_print_in_order() -> None:
    shown = shares("ratio", "class", {"b": 1, "a": 2}, 4)
    assert list(shown.items()) == [('ratio{class="a"}', 0.5), ('ratio{class="b"}', 0.25)]


def test_a_name_cannot_break_out_of_its_label() -> None:
    assert escape('a"} 1\n\\') == 'a\\"} 1\\n\\\\'
