"""Parts of a date in UTC: `hour`, `day_of_week` and their like, of times in seconds."""

import calendar
import math
from collections.abc import Callable
from datetime import UTC, datetime

from streamgauge.alerting.promql.function import Frame, Function, of_whole
from streamgauge.alerting.promql.vector import Sample, bare


def _of_date(name: str, part: Callable[[datetime], int]) -> Function:
    def call(frame: Frame, samples: list[Sample] | None = None) -> list[Sample]:
        if samples is None:
            samples = [Sample({}, frame.at / 1000, frame.at)]
        return [Sample(bare(it.labels), _part(it.value), frame.at) for it in samples]

    def _part(seconds: float) -> float:
        try:
            return float(part(datetime.fromtimestamp(math.trunc(seconds), UTC)))
        except (OverflowError, ValueError):  # beyond the years that a calendar has
            return math.nan

    return of_whole(name, call, "vector")


FUNCTIONS = (
    _of_date("minute", lambda date: date.minute),
    _of_date("hour", lambda date: date.hour),
    _of_date("day_of_week", lambda date: date.isoweekday() % 7),
    _of_date("day_of_month", lambda date: date.day),
    _of_date("day_of_year", lambda date: date.timetuple().tm_yday),
    _of_date("days_in_month", lambda date: calendar.monthrange(date.year, date.month)[1]),
    _of_date("month", lambda date: date.month),
    _of_date("year", lambda date: date.year),
)
