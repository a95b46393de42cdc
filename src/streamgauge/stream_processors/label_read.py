"""What `measure` does with a batch before it counts it: outcomes become labels."""

import msgspec

from streamgauge.metrics.column import Ints
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.record_batch import RecordBatch
from streamgauge.stream_processors.validation import Read


async def prepare(  # noqa: PLR0917 one call, from the keeper, with all that it has
    join: LabelJoin | None,
    outbox: Outbox,
    topic: str,
    partition: int,
    taken: Read,
    batch: RecordBatch,
    now: int,
) -> Read:
    """The batch with labels instead of outcomes; predictions are remembered where that is asked.

    Waits while Redis is away.
    """
    if join is None or not taken.events:
        return taken
    if topic == "predictions" and join.joins:
        for waited in await join.remember(taken.events, now):
            outbox.send_first("outcomes", waited.id, waited.event)
    if topic != "outcomes":
        return taken
    offsets: Ints = taken.offsets
    places = offsets.tolist()
    times = batch.times(places, now)
    resolved = await join.resolve(
        taken.events, places, partition=partition, now=now, appended=times
    )
    bad = [(int(offsets[place]), reject) for place, reject in resolved.rejects]
    labels = msgspec.structs.replace(
        taken, events=resolved.labels, offsets=offsets[resolved.places]
    )
    return labels.refuse(bad, batch)
