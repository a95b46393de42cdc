"""The moment from which the times of a test count."""

from datetime import datetime

from streamgauge.alerting.trial.file import Opened


def read_start(opened: Opened, place: tuple[str | int, ...], text: str) -> int:
    """Milliseconds since 1970; 0 where nothing is said. InputError names the line."""
    if not text:
        return 0
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        start = datetime.min  # noqa: DTZ901 - refused below, as any time without a zone
    if start.tzinfo is None:
        raise opened.wrong(
            (*place, "start"), f"{text!r}: expected for example 2026-11-20T08:00:00Z"
        )
    return round(start.timestamp() * 1000)
