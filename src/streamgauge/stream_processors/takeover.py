"""Takes a partition over for a stage, and tells people what happened to it meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from faust.types import TP

from streamgauge.stream_processors.application import EX_DATAERR, EX_TEMPFAIL
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.log_driver import OwnedLog, Refused
from streamgauge.stream_processors.outbox import Outbox

S = TypeVar("S")
_FLUSH_S = 10.0


class Ended(Exception):  # noqa: N818 an order to end, not a fault
    """The process has to end now, with status `code`, after it has committed `commit` if set."""

    def __init__(self, reason: str, code: int, commit: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.commit = commit


Rewind = Callable[[dict[TP, int]], Awaitable[None]]


async def take_over_all(
    owned: OwnedLog[S],
    incidents: Incidents,
    outbox: Outbox,
    partitions: Sequence[int],
    rewind: Rewind,
) -> dict[int, Held[S]]:
    """Several partitions, at once; or `Ended`, once for all that stands against it.

    `rewind` commits the offsets that the group has to read again from.
    """
    ways = (take_over(owned, incidents, outbox, one) for one in partitions)
    held: dict[int, Held[S]] = {}
    ended: dict[TP, Ended] = {}
    found = await asyncio.gather(*ways, return_exceptions=True)
    for partition, one in zip(partitions, found, strict=True):
        if isinstance(one, Ended):
            ended[TP(owned.source, partition)] = one
        elif isinstance(one, BaseException):
            raise one
        else:
            held[partition] = one
    if ended:
        await rewind({tp: one.commit for tp, one in ended.items() if one.commit is not None})
        reasons = (f"{tp.topic}[{tp.partition}]: {one}" for tp, one in ended.items())
        raise Ended("; ".join(reasons), min(one.code for one in ended.values()))
    return held


async def check_source(owned: OwnedLog[S], incidents: Incidents, outbox: Outbox) -> None:
    """Look whether the source is still the topic that the sums are of.

    Raises `Ended` like `take_over` where it is not: new offsets would count under old ones. Where
    this process holds nothing that was counted, the next owner finds out what to do.
    """
    if not await owned.source_is_another():
        return
    reason = "the source topic was deleted and made again under its owner"
    counted = [partition for partition, held in owned.held.items() if held.topic_id]
    if counted:
        await asyncio.to_thread(incidents.recall)
    for partition in counted:
        incidents.tell_refusal(owned.source, partition, f"{owned.topic}[{partition}]: {reason}")
    await asyncio.to_thread(outbox.flush, _FLUSH_S)
    raise Ended(f"{owned.source}: {reason}", EX_DATAERR if counted else EX_TEMPFAIL)


async def take_over(
    owned: OwnedLog[S], incidents: Incidents, outbox: Outbox, partition: int
) -> Held[S]:
    """A partition with its sums; all incidents of it are told.

    Raises `Ended`: with `EX_DATAERR` where the state is refused, with `EX_TEMPFAIL` where the group
    has to read again from `commit`. Whatever had to be written by then is delivered.
    """
    try:
        held = await owned.acquire(partition)
    except Refused as refused:
        await asyncio.to_thread(incidents.recall)
        incidents.tell_refusal(owned.source, partition, str(refused))
        await asyncio.to_thread(outbox.flush, _FLUSH_S)
        raise Ended(str(refused), EX_DATAERR) from refused
    if held.skips:
        await asyncio.to_thread(incidents.recall)
    for skip in held.skips:
        incidents.tell_skip(owned.source, partition, skip)
    if held.stopped is not None:
        # The skip must be on the log before the group's offset goes back to where it ends.
        await asyncio.to_thread(outbox.flush, _FLUSH_S)
        raise Ended(held.stopped, EX_TEMPFAIL, held.take_commit())
    return held
