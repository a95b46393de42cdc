"""What people would have been told: the dispatcher on records of the past. Pure."""

from collections.abc import Iterable

import msgspec

from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Plan
from streamgauge.contracts.alert import Ack, Alert, Silence

Record = Alert | Silence | Ack


def rehearse(plan: Plan, records: Iterable[tuple[int, Record]], until: int) -> list[Notice]:
    """The notices up to a time, in order; `records` come with their times, the earliest first.

    Every notice is taken as delivered at once. Times in milliseconds.
    """
    # The dead man's switch watches processes, and here are none.
    dispatcher = Dispatcher(msgspec.structs.replace(plan, watch=None))
    told: list[Notice] = []
    for at, record in records:
        if at > until:
            break
        _flush(dispatcher, at, told)
        if isinstance(record, Alert):
            dispatcher.take(record, at)
        elif isinstance(record, Silence):
            dispatcher.silence(record, at)
        else:
            dispatcher.acknowledge(record, at)
        _tell(dispatcher, at, told)
    _flush(dispatcher, until, told)
    return told


def _flush(dispatcher: Dispatcher, until: int, told: list[Notice]) -> None:
    while (due := dispatcher.next_due()) is not None and due <= until:
        _tell(dispatcher, due, told)


def _tell(dispatcher: Dispatcher, now: int, told: list[Notice]) -> None:
    for notice in dispatcher.advance(now):
        dispatcher.settle(notice, True, now)
        told.append(notice)
