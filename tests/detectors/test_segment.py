import numpy as np
import pytest

from streamgauge.detectors.segment import Segment, blame, rank


@pytest.mark.parametrize(
    ("count", "parent_active", "expected"),
    [
        (249, True, False),
        (250, True, True),
        (250, False, False),
        (9_999, False, False),
        (10_000, False, True),
    ],
)
def test_a_segment_is_tested_under_an_alarm_or_if_it_is_large(
    count: int,
    parent_active: bool,
    expected: bool,
) -> None:
    assert Segment().wants(count, parent_active=parent_active) is expected


def test_segments_rank_by_how_far_they_moved_times_how_many_they_are() -> None:
    parts = rank({"de": 0.1, "fr": 0.5, "us": -0.01}, {"de": 1_000, "fr": 100, "us": 9_000})
    assert [part.name for part in parts] == ["de", "fr"]
    assert [part.share for part in parts] == pytest.approx([2 / 3, 1 / 3])
    assert {part.kind for part in parts} == {"segment"}
    assert rank({}, {}) == []


def test_the_segment_that_moved_is_blamed_without_a_reference_of_its_own() -> None:
    # Three segments that always differed; the second one moves.
    random = np.random.default_rng(20261208)
    shares = random.dirichlet(np.full(16, 5.0), 3)
    reference = np.rint(10_000 * shares.sum(axis=0))
    segments = np.stack([random.multinomial(1_000, share) for share in shares])
    moved = segments.copy()
    moved[1] = random.multinomial(1_000, np.roll(shares[1], 3))
    parts = blame(["de", "fr", "us"], reference, moved)
    assert parts[0].name == "fr"
    assert parts[0].share > 0.6


def test_one_segment_alone_and_none_are_blamed_for_all_and_nothing() -> None:
    parts = blame(["de"], np.array([500, 500]), np.array([[100, 900]]))
    assert [(part.name, part.share) for part in parts] == [("de", 1.0)]
    assert blame([], np.array([500, 500]), np.zeros((0, 2))) == []
