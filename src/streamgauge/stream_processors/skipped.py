"""A record batch that cannot be opened: its range of offsets, and its bytes as the log has them."""

import msgspec

from streamgauge.contracts.dead_letter import DeadLetter, Reject, bury

# Base offset and length stand before the checksum of a batch, in big-endian order.
_OFFSET = 8
_LENGTH = 12
# A header whose checksum is wrong may say anything; no batch has as many records as this.
_MOST_RECORDS = 1_000_000


class Skipped(msgspec.Struct, frozen=True):
    """Offsets from `first` up to, not including, `next`, which nobody can read."""

    first: int
    next: int
    detail: str
    raw: bytes = b""
    timestamp: int = 0

    def count(self, since: int = 0) -> int:
        """How many of the offsets are not below `since`."""
        return max(0, self.next - max(self.first, since))

    def letter(self, topic: str, partition: int) -> DeadLetter:
        """The dead letter that stands for all of them; its value is the batch itself."""
        return bury(
            Reject("batch", self.detail),
            topic=topic,
            partition=partition,
            offset=self.first,
            until=self.next,
            value=self.raw,
            append_ts=self.timestamp,
        )


def sealed(raw: bytes, base: int) -> tuple[bytes, int | None]:
    """The batch at offset `base` among those of a fetch, and where the next one begins."""
    at = 0
    while at + _LENGTH <= len(raw):
        offset = int.from_bytes(raw[at : at + _OFFSET], "big")
        end = at + _LENGTH + int.from_bytes(raw[at + _OFFSET : at + _LENGTH], "big")
        if offset == base:
            following = raw[end : end + _OFFSET]
            whole = len(following) == _OFFSET and end + _LENGTH <= len(raw)
            return raw[at:end], int.from_bytes(following, "big") if whole else None
        at = end
    return b"", None


def skip(
    raw: bytes, base: int, claimed: int, *, reached: int, trusted: bool, detail: str
) -> Skipped:
    """Skip what is left of a batch from offset `reached` on; nothing, if all of it was read.

    A header whose checksum is right is `trusted` to say where the batch ends. For another the next
    batch of the fetch tells; without one its claim is believed if that can be, else it is one
    offset.
    """
    batch, following = sealed(raw, base)
    first = max(reached, base)
    if trusted:
        return Skipped(first, max(first, claimed), detail, batch)
    end = claimed if following is None else following
    if not first < end <= first + _MOST_RECORDS:
        end = first + 1
    return Skipped(first, end, detail, batch)
