"""A record batch in pieces: what a delta of it takes must fit into one record of the state log."""

from collections.abc import Iterator

from streamgauge.stream_processors.record_batch import RecordBatch


def cut(batch: RecordBatch, most: int) -> Iterator[RecordBatch]:
    """The batch in pieces of at most `most` bytes of values, but of at least one record each.

    Together they hold the same records, offsets and what was skipped between them.
    """
    if batch.weight <= most:
        yield batch
        return
    first, begin, size = batch.first, 0, 0
    for place, value in enumerate(batch.values):
        size += len(value or b"")
        if size > most and place > begin:
            end = int(batch.offsets[place - 1]) + 1
            yield _piece(batch, first, end, begin, place)
            first, begin, size = end, place, len(value or b"")
    yield _piece(batch, first, batch.next, begin, len(batch))


def _piece(batch: RecordBatch, first: int, end: int, begin: int, stop: int) -> RecordBatch:
    skipped = tuple(one for one in batch.skipped if first <= one.first < end)
    return RecordBatch(
        first,
        end,
        batch.values[begin:stop],
        batch.offsets[begin:stop],
        batch.stamps[begin:stop],
        keys=batch.keys and batch.keys[begin:stop],
        skipped=skipped,
        appended=batch.appended,
    )
