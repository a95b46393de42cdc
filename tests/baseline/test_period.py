import pytest

from streamgauge.baseline.period import Period, period
from streamgauge.settings import InputError

NOW = 1_800_000_000_000


def test_two_times_are_iso_or_milliseconds() -> None:
    assert period("1767225600000", "2026-01-01T02:00:00+01:00", None, NOW) == Period(
        1_767_225_600_000, 1_767_229_200_000
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((None, None, None), "expected from and to, or last"),
        (("2026-01-01", None, None), "expected from and to, or last"),
        (("2026-01-01", None, "1h"), "last: excludes from and to"),
        ((None, None, "an hour"), "last: 'an hour' is no duration"),
        ((None, None, "0s"), "from: expected a time before to"),
        (("2026-01-02", "2026-01-01", None), "from: expected a time before to"),
        (("2100-01-01", "2100-01-02", None), "from: expected a time that has passed"),
        (("yesterday", "2026-01-01", None), "from: expected a time, got 'yesterday'"),
    ],
)
def test_what_is_no_period_is_named(
    asked: tuple[str | None, str | None, str | None], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        period(*asked, now=NOW)
