"""Bodies of state records as a stage writes them, made by hand."""

import cramjam
import msgspec

WIDTH = 1_000


def body(counted: dict[int, dict[tuple[str, ...], int]]) -> bytes:
    """Windows by start: how many events each series has. Rows of two cells; the first counts."""
    totals = []
    for start, series in counted.items():
        gaps = bytes(0 if row == 0 else 2 for row in range(len(series)))
        cells = [gaps, bytes(series.values()), ("u1", "u1")]
        rows = [list(series), {"cells": cells}, {"traffic": 1, "error": 1}]
        totals.append([WIDTH, start, rows])
    told = {"v": 2, "totals": totals}
    return bytes(cramjam.zstd.compress(msgspec.msgpack.encode(told)))
