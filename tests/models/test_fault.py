import pytest

from streamgauge.models.fault import HEADER, parse, strikes
from streamgauge.models.question import RefusalError


@pytest.mark.parametrize(
    "header", ["", "latency", "latency=x", "error=1.1", "down=-1", "explode=1", "latency=nan"]
)
def test_a_fault_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(RefusalError, match="expected latency") as caught:
        parse(header)

    assert caught.value.field == HEADER


def test_the_share_that_fails_is_the_share_asked_for() -> None:
    # Binomial: 10,000 ids at 0.3 have a standard deviation of 46.
    hit = sum(strikes(0.3, f"id-{n}") for n in range(10_000))

    assert hit == pytest.approx(3000, abs=4 * 46)
