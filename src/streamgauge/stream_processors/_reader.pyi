def crc32c(sealed: bytes) -> int: ...

class Reader:
    at: int
    end: int
    count: int
    reached: int
    handed: int
    packed: tuple[int, bytes]
    def __init__(
        self,
        raw: bytes,
        first: int,
        *,
        cut: int,
        most: int,
        many: int,
        go: int,
        checks: bool,
        transactions: bool,
    ) -> None: ...
    def read(self) -> int: ...
    def take(
        self,
    ) -> tuple[list[bytes | None], bytes, bytes, list[bytes | None] | None, int, bool]: ...
    def give(self, inflated: bytes) -> bool: ...
    def pass_over(self, reached: int) -> None: ...
