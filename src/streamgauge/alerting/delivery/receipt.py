"""Receipts: what a receiver has taken, known on this machine before Kafka knows it.

Between a receiver's word and the result in the ledger lie some milliseconds, in which a kill makes
it unknown whether somebody was told. What a process has written to a file survives its kill, so
whoever starts next on this machine (or volume) does not tell again. The ledger alone decides
elsewhere; a missing file costs at most that repeat.
"""

import logging
import os
from pathlib import Path

import msgspec

from streamgauge.contracts.codec import UNREADABLE
from streamgauge.contracts.event import Labels

_NAME, _OLD = "receipts.jsonl", "receipts.jsonl.1"
# They matter until the ledger has the result: a moment.
_MOST_BYTES = 1 << 20
_log = logging.getLogger(__name__)


class Receipt(msgspec.Struct, frozen=True):
    """That a receiver has taken what the intent with this `nonce` announced."""

    nonce: str
    detail: str
    thread: Labels


class Receipts:
    """A file in `folder` to which notifiers append; two of one folder share it.

    Where it cannot be written nothing is kept: that is said once.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broken = False
        self._file: int | None = None
        self._size = 0

    def keep(self, receipt: Receipt) -> None:
        """Write it down, here and now; it survives a kill -9, though no loss of power."""
        if self._broken:
            return
        line = _encode(receipt) + b"\n"
        try:
            if self._file is None or self._size > _MOST_BYTES:
                self._file = self._begin()
            self._size += os.write(self._file, line)
        except OSError as error:
            _log.warning("%s: %s; a kill may repeat a message", self._folder, error.strerror)
            self.close()
            self._broken = True

    def read(self) -> dict[str, Receipt]:
        """Those that were kept last, by their nonces."""
        found = {}
        for path in (self._folder / _OLD, self._folder / _NAME):
            try:
                lines = path.read_bytes().splitlines()
            except FileNotFoundError:
                continue
            except OSError as error:
                _log.warning("%s: %s; the last messages may be repeated", path, error.strerror)
                continue
            for line in lines:
                try:
                    receipt = _decode(line)
                except UNREADABLE:
                    _log.warning("%s: %r is no receipt", path, line[:100])
                else:
                    found[receipt.nonce] = receipt
        return found

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _begin(self) -> int:
        """Open the file; a full one becomes the old one."""
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / _NAME
        if path.exists() and path.stat().st_size > _MOST_BYTES:
            path.replace(self._folder / _OLD)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = os.fstat(file).st_size
        return file


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Receipt).decode
