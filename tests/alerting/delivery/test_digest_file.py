"""A digest is kept as a file under its own name."""

from pathlib import Path

from tests.alerting.alert_text import alert
from tests.alerting.notice_text import notice

from streamgauge.alerting.delivery.digest_file import keep_digest


def test_a_digest_is_a_file_named_after_its_day_its_name_and_who_was_told(tmp_path: Path) -> None:
    told = notice(
        alert(1),
        labels={"digest": "daily/../x"},
        aim="people/email",
        reason="digest",
        text="1 alerts fired, 0 ended",
    )
    path = keep_digest(tmp_path / "digests", told)
    # 1,760,000,070,000 ms are 2025-10-09.
    assert path == tmp_path / "digests" / "2025-10-09-daily-x-people-email-1.txt"
    text = path.read_text()
    assert "1 alerts fired" in text
    assert "m1" in text
    assert keep_digest(tmp_path / "digests", told) == path
