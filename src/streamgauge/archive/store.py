"""An archive that is written to: records of one partition become files, then one manifest."""

import logging
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from streamgauge.archive.batch import Ages, Batch, Group, Pile, sort
from streamgauge.archive.durable import crash_at, make_folder, settle
from streamgauge.archive.erased import Erased
from streamgauge.archive.folder_name import OTHERS, to_folder
from streamgauge.archive.kind import KINDS
from streamgauge.archive.lease import Writer
from streamgauge.archive.ledger import Ledger, LostClaimError
from streamgauge.archive.manifest import Chain, File, Manifest
from streamgauge.archive.parquet import UNFIT, Engine
from streamgauge.archive.record import Record
from streamgauge.settings import Archive, InputError

_log = logging.getLogger(__name__)
_WEEK_MS = 7 * 86_400_000
_MINUTE_MS = 60_000


class Store:
    """One process' hand on an archive: its name, its DuckDB and the book."""

    def __init__(self, options: Archive, ages: Ages | None = None) -> None:
        self.folder = options.folder.absolute()
        self.cold = options.cold.absolute() if options.cold else None
        self.writer = Writer(self.folder)
        self.ledger = Ledger(self.folder)
        self.erased = Erased(self.folder)
        make_folder(self.folder / "drafts")
        self.engine = Engine(
            [self.folder, *([self.cold] if self.cold else [])],
            options.memory_mb,
            spill=self.folder / "drafts" / f"spill-{self.writer.token}",
        )
        self._ages = ages or Ages(_WEEK_MS, _MINUTE_MS)

    def close(self) -> None:
        """Say that this process writes no more."""
        self.engine.close()
        self.writer.close()

    def path(self, file: File) -> Path:
        """Where a file is."""
        if not file.cold:
            return self.folder / file.path
        if self.cold is None:
            raise InputError(f"archive.cold is not set, and {file.path} lies there")
        return self.cold / file.path

    def append(
        self, chain: Chain, begin: int, records: list[Record], *, absent: int = 0
    ) -> Manifest:
        """Archive the records that follow offset `begin`, which `absent` gone ones may precede.

        `LostClaimError`: another process archived these offsets, and nothing of ours counts.
        """
        self.erased.refresh()
        batch = sort(chain.topic, chain.partition, records, self._ages, self.erased.names)
        self.erased.remember()
        files = [
            file
            for group, pile in batch.piles.items()
            for file in self._write(group, pile, batch, chain)
        ]
        end = records[-1].offset + 1 if records else begin + absent
        manifest = Manifest(
            chain=chain,
            begin=begin,
            end=end,
            id=self.writer.name(),
            at=time.time_ns() // 1_000_000,
            records=batch.records,
            rejected=batch.rejected,
            ignored=batch.ignored,
            erased=batch.erased,
            absent=absent,
            files=files,
        )
        self._publish(manifest)
        return manifest

    def record_loss(self, chain: Chain, begin: int, end: int) -> Manifest:
        """Write down that these offsets left Kafka before they were archived."""
        manifest = Manifest(
            chain=chain,
            begin=begin,
            end=end,
            id=self.writer.name(),
            at=time.time_ns() // 1_000_000,
            absent=end - begin,
            lost=end - begin,
        )
        self._publish(manifest)
        return manifest

    def draft(self, ending: str, *, cold: bool = False) -> Path:
        """A place for a file that does not count yet, on the disk where it will lie."""
        base = self.cold if cold and self.cold else self.folder
        return base / "drafts" / f"{self.writer.name()}.{ending}"

    def _publish(self, manifest: Manifest) -> None:
        try:
            self.ledger.publish(manifest, self.writer.name())
        except LostClaimError as lost:
            if lost.never:
                for file in manifest.files:
                    self.path(file).unlink()
            raise

    def _write(self, group: Group, pile: Pile, batch: Batch, chain: Chain) -> Iterator[File]:
        try:
            yield self._write_file(group, pile)
        except UNFIT as error:
            # One bad row is found by halves: it must stop neither its batch nor the partition.
            if len(pile.lines) == 1:
                batch.rejected += 1
                _log.warning(
                    "%s partition %d: a row of %s does not fit and is left out: %s",
                    chain.topic,
                    chain.partition,
                    group.kind,
                    type(error).__name__,
                )
                return
            middle = len(pile.lines) // 2
            for lines in (pile.lines[:middle], pile.lines[middle:]):
                half = msgspec.structs.replace(pile, lines=lines)
                yield from self._write(group, half, batch, chain)

    def _write_file(self, group: Group, pile: Pile) -> File:
        lines, written = self.draft("ndjson"), self.draft("parquet")
        try:
            lines.write_bytes(b"\n".join(pile.lines))
            self.engine.write_rows(KINDS[group.kind], lines, written)
        finally:
            lines.unlink(missing_ok=True)
        folder = OTHERS if group.shared else to_folder(group.model)
        day = day_name(group.day)
        path = f"{group.kind}/day={day}/model={folder}/{self.writer.name()}.parquet"
        size = written.stat().st_size
        settle(written, self.folder / path)
        crash_at("file-of-batch")
        return File(
            path=path,
            kind=group.kind,
            day=day,
            rows=len(pile.lines),
            size=size,
            first=pile.first,
            last=pile.last,
            model=group.model,
        )


def day_name(day: int) -> str:
    """The date of a day since 1970.

    >>> day_name(0), day_name(20_413)
    ('1970-01-01', '2025-11-21')
    """
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def day_of(now: float) -> str:
    """The date, UTC, at a time in seconds.

    >>> day_of(0.0)
    '1970-01-01'
    """
    return datetime.fromtimestamp(now, UTC).date().isoformat()
