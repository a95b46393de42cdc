from streamgauge.stream_processors import batch_reader

def crc32c(sealed: bytes) -> int: ...
def Reader(  # noqa: N802 a class, whose methods stand in batch_reader
    raw: bytes,
    first: int,
    *,
    cut: int,
    most: int,
    many: int,
    go: int,
    checks: bool,
    transactions: bool,
) -> batch_reader.Reader: ...
