"""What the auditor makes of events: which window, which series, late, refused or suspect."""

import time

from streamgauge.audit.account import Account
from streamgauge.contracts.codec import encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Window

WINDOW = Window(width=10.0, delay=2.0, lateness=20.0, max_ahead=60.0)
NOW = int(time.time()) // 10 * 10_000


def event(ts: int, **more: object) -> bytes:
    fields: dict[str, object] = {"id": "p", "ts": ts, "model": "m", "version": "1"}
    return encode(Prediction(**{**fields, **more}))  # type: ignore[arg-type]  # a test's free choice


def counted(account: Account, start: int, buried: set[tuple[int, int]] | None = None) -> int:
    found = account.window(start, start + 10_000, buried or set())
    return found[("m", "1")].count if ("m", "1") in found else 0


def test_an_event_counts_in_the_window_of_its_time() -> None:
    account = Account(WINDOW)
    for offset, ts in enumerate((NOW, NOW + 9_999, NOW + 10_000)):
        account.take((0, offset), event(ts), ts)
    assert counted(account, NOW) == 2
    assert counted(account, NOW + 10_000) == 1
    assert account.window(NOW, NOW + 20_000, set())[("m", "1")].count == 3


def test_an_event_of_a_closed_window_is_late_in_its_own_partition_only() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW + 50_000), NOW + 50_000)
    account.take((0, 1), event(NOW), NOW + 50_000)
    account.take((1, 0), event(NOW), NOW + 50_000)
    assert (account.late, counted(account, NOW)) == (1, 1)


def test_what_the_state_log_knew_makes_an_event_late_too() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW), NOW + 50_000, watermark=NOW + 45_000)
    assert (account.late, counted(account, NOW)) == (1, 0)


def test_an_event_ahead_of_its_arrival_makes_no_other_late() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW + 59_000), NOW)
    account.take((0, 1), event(NOW), NOW)
    assert (account.late, counted(account, NOW)) == (0, 1)


def test_only_the_dead_letters_say_what_became_of_an_event_at_the_limits() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW + 70_000), NOW)
    assert counted(account, NOW + 70_000) == 1
    assert counted(account, NOW + 70_000, {(0, 0)}) == 0


def test_a_good_event_on_the_dead_letters_and_a_bad_one_are_told() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW), NOW, buried=True)
    account.take((0, 1), b"\xff", NOW)
    account.take((0, 2), None, NOW)
    assert account.refused == 1
    assert account.unreadable == {(0, 1)}


def test_predictions_that_answer_nobody_are_apart() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW, purpose="training"), NOW)
    account.take((0, 1), event(NOW), NOW)
    assert (account.apart, counted(account, NOW)) == (1, 1)


def test_a_dimension_is_a_series_of_its_own() -> None:
    account = Account(WINDOW)
    account.take((0, 0), event(NOW, dimensions={"region": "eu"}, endpoint="/a", arm="b"), NOW)
    assert set(account.window(NOW, NOW + 10_000, set())) == {
        ("m", "1"),
        ("m", "1", "region", "eu"),
        ("m", "1", "endpoint", "/a"),
        ("m", "1", "arm", "b"),
    }
