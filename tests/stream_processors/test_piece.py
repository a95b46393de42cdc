"""Pieces of a batch hold what the batch holds."""

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.stream_processors.piece import cut
from streamgauge.stream_processors.record_batch import Record, RecordBatch
from streamgauge.stream_processors.skipped import Skipped


@given(
    sizes=st.lists(st.one_of(st.none(), st.integers(0, 50)), max_size=40),
    gaps=st.lists(st.booleans(), min_size=40, max_size=40),
    most=st.integers(1, 200),
)
def test_pieces_are_light_and_together_the_batch(
    sizes: list[int | None], gaps: list[bool], most: int
) -> None:
    records, skipped, offset = [], [], 7
    for size, gap in zip(sizes, gaps, strict=False):
        if gap:
            skipped.append(Skipped(offset, offset + 3, "cannot be opened"))
            offset += 3
        records.append(Record(offset, 3, b"k", None if size is None else bytes(size)))
        offset += 1
    whole = RecordBatch.of(7, offset + 2, records, tuple(skipped), (1, 2))
    pieces = list(cut(whole, most))
    assert [one for piece in pieces for one in piece.records()] == records
    assert [one for piece in pieces for one in piece.skipped] == skipped
    assert [piece.first for piece in pieces] == [7, *(piece.next for piece in pieces[:-1])]
    assert pieces[-1].next == whole.next
    for piece in pieces:
        assert piece.weight <= most or len(piece) == 1
        assert piece.appended == (1, 2)
        assert all(piece.first <= one.offset < piece.next for one in piece.records())
