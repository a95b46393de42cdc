"""Ranges add up in any order, and nothing else than a chain is accepted."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.archive.sample import CHAIN

from streamgauge.archive.manifest import (
    Chain,
    File,
    Generation,
    LedgerError,
    Manifest,
    fold,
    unbalanced,
)

lengths = st.lists(st.integers(1, 50), max_size=12)


def file(name: str, rows: int) -> File:
    return File(path=name, kind="predictions", day="2026-11-20", rows=rows, size=1, first=0, last=0)


def chain_of(widths: list[int], chain: Chain = CHAIN, first: int = 0) -> list[Manifest]:
    made = []
    for number, width in enumerate(widths):
        rows = [file(f"{chain.partition}-{first}", width)]
        one = Manifest(
            chain=chain, begin=first, end=first + width, id=str(number), at=0, records=width,
            files=rows,
        )  # fmt: skip
        made.append(one)
        first += width
    return made


@given(lengths, lengths, st.randoms(use_true_random=False))
def test_the_order_of_manifests_does_not_matter(
    one: list[int], two: list[int], random: st.DataObject
) -> None:
    manifests = [*chain_of(one), *chain_of(two, Chain("predictions", "topic-id", 1))]
    shuffled = list(manifests)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    state = fold(Generation(), shuffled)
    assert state == fold(Generation(), manifests)
    assert state.tip(CHAIN).end == state.tip(CHAIN).records == sum(one)
    assert unbalanced(state) == []


@given(lengths, st.data())
def test_a_generation_in_the_middle_changes_nothing(widths: list[int], data: st.DataObject) -> None:
    manifests = chain_of(widths)
    cut = data.draw(st.integers(0, len(manifests)))
    base = fold(Generation(), manifests[:cut])
    kept = data.draw(st.integers(0, cut))
    # Manifests that a generation holds may be there still, or some of them.
    assert fold(base, manifests[kept:]) == fold(Generation(), manifests)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=12), st.data())
def test_a_gap_is_refused(widths: list[int], data: st.DataObject) -> None:
    manifests = chain_of(widths)
    del manifests[data.draw(st.integers(0, len(manifests) - 2))]
    with pytest.raises(LedgerError, match="nothing says what became of offsets"):
        fold(Generation(), manifests)


@given(st.lists(st.integers(2, 50), min_size=1, max_size=12), st.data())
def test_an_overlap_is_refused(widths: list[int], data: st.DataObject) -> None:
    manifests = chain_of(widths)
    one = data.draw(st.sampled_from(manifests))
    begin = data.draw(st.integers(one.begin + 1, one.end - 1))
    end = data.draw(st.integers(begin + 1, begin + 100))
    manifests.append(msgspec.structs.replace(one, begin=begin, end=end))
    with pytest.raises(LedgerError, match=r"overlaps|nothing says"):
        fold(Generation(), manifests)


@given(st.lists(st.integers(2, 50), min_size=1, max_size=12), st.data())
def test_a_late_manifest_of_a_replaced_process_never_counts(
    widths: list[int], data: st.DataObject
) -> None:
    state = fold(Generation(), chain_of(widths))
    end = state.tip(CHAIN).end
    begin = data.draw(st.integers(0, end - 1))
    late = Manifest(chain=CHAIN, begin=begin, end=end + 10, id="zombie", at=0, files=[file("z", 1)])
    assert fold(state, [late]) == state


def test_rows_without_a_reason_to_be_gone_are_named() -> None:
    state = fold(Generation(), chain_of([5]))
    lacking = msgspec.structs.replace(state, files=[])
    assert unbalanced(lacking) == ["predictions: 5 rows added, 0 in files, 0 taken out"]
