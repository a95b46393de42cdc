from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.contracts.outcome import Outcome
from streamgauge.metrics.label import Truth
from streamgauge.stream_processors.label_fact import MOST_FACTS, Fact, judge

CAT = Fact(10, 0, "cat")


@pytest.mark.parametrize(
    ("before", "fact", "verdict", "old"),
    [
        ([], CAT, "label", None),
        ([], Fact(10, 1, "cat"), "unmatched", None),
        ([Fact(9, 1, "dog")], CAT, "label", None),
        ([CAT], CAT, "duplicate", None),
        ([CAT], Fact(99, 0, "cat"), "duplicate", None),
        ([CAT], Fact(5, 1, "dog"), "correction", "cat"),
        ([CAT], Fact(5, 1, "cat"), "duplicate", None),
        ([CAT, Fact(5, 2, "dog")], Fact(99, 1, "newt"), "duplicate", None),
        ([CAT, Fact(5, 2, "dog")], Fact(6, 3, "newt"), "correction", "dog"),
        ([CAT], Fact(11, 0, "dog"), "conflict", "cat"),
        ([CAT], Fact(9, 0, "dog"), "conflict", None),
        # Of one time the larger claim holds, whichever came first.
        ([CAT], Fact(10, 0, "dog"), "conflict", "cat"),
        ([Fact(10, 0, "dog")], CAT, "conflict", None),
        # Who says the same later, or in a higher revision, strengthens what holds.
        ([CAT, Fact(20, 0, "cat")], Fact(15, 0, "dog"), "conflict", None),
        ([CAT, Fact(20, 1, "cat")], Fact(30, 0, "dog"), "duplicate", None),
        ([CAT], Fact(10, 1, "cat", reward=1.0), "correction", "cat"),
    ],
)
def test_what_an_outcome_is(
    before: list[Fact], fact: Fact, verdict: str, old: Truth | None
) -> None:
    judged = judge(before, fact)
    assert judged.verdict == verdict
    assert (judged.old.truth if judged.old else None) == old


facts = st.builds(Fact, st.integers(1, 4), st.just(0), st.sampled_from(("cat", "dog", 1.0)))


@given(st.lists(facts, min_size=1, max_size=4))
def test_without_revisions_the_same_truth_holds_in_any_order(said: list[Fact]) -> None:
    ends = set()
    for order in permutations(said):
        holds: Truth | None = None
        for place, fact in enumerate(order):
            judged = judge(order[:place], fact)
            if judged.verdict == "label":
                holds = fact.truth
            elif judged.old is not None:
                assert judged.old.truth == holds
                holds = fact.truth
        ends.add(holds)
    assert len(ends) == 1


def test_a_prediction_whose_truth_changes_for_ever_stops_changing() -> None:
    before = [Fact(n, n, float(n)) for n in range(MOST_FACTS)]
    late = Fact(MOST_FACTS, MOST_FACTS, "x")
    assert judge(before[:-1], late).verdict == "correction"
    assert judge(before, late) == ("conflict", None)
    assert judge(before, before[-1]).verdict == "duplicate"


def test_prose_is_cut() -> None:
    outcome = Outcome(id="o", ts=1_760_000_000_000, prediction_id="p", truth="x" * 10_000)
    assert len(str(Fact.of(outcome).truth)) == 128
