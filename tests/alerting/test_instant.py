from datetime import UTC, datetime, timedelta, timezone

from streamgauge.alerting.instant import count, show

WEST = timezone(timedelta(hours=-12))


def test_what_lies_beyond_the_last_date_is_the_last_date() -> None:
    far = count(datetime(9999, 12, 31, 23, 59, 59, tzinfo=WEST))
    assert far is not None
    assert show(far) == "9999-12-31T23:59:59.999Z"


def test_only_go_s_zero_time_is_none() -> None:
    assert count(datetime(1, 1, 1, tzinfo=UTC)) is None
    # Taken for none, an end of long ago would let an alert fire for ever.
    assert count(datetime(1961, 1, 1, tzinfo=UTC)) == 1
