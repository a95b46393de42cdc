"""Replace files by others in one step: the way of compaction, erasure, expiry and the cold store.

New files come first, then one generation that lists them in place of the old ones; the old ones
are deleted last. A crash in between leaves either the old or the new state, and files to sweep.
Where old and new say the same, the old ones stay until the next rewrite or sweep, for those who are
just reading them.
"""

from collections.abc import Mapping, Sequence

import msgspec

from streamgauge.archive.durable import crash_at, make_folder, settle
from streamgauge.archive.manifest import Account, File, Generation, LedgerError, unbalanced
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import tidy_folder
from streamgauge.settings import UnavailableError


class Change(msgspec.Struct, kw_only=True):
    """What a rewrite does: files out, files in, and where the rows that are missing then went."""

    why: str
    out: list[File] = []
    into: list[File] = []
    gone: dict[str, Account] = {}
    at_once: bool = False

    def lose(self, kind: str, **rows: int) -> None:
        """Count rows that this change takes out, by reason."""
        account = self.gone.setdefault(kind, Account())
        for reason, count in rows.items():
            setattr(account, reason, getattr(account, reason) + count)


def apply(state: Generation, change: Change, now_ms: int) -> Generation:
    """The generation after a change.

    `LedgerError` if rows appear or vanish without a reason: a bug must not reach the disk.
    """
    out = {(file.path, file.cold) for file in change.out}
    kept = [file for file in state.files if (file.path, file.cold) not in out]
    after = msgspec.structs.replace(
        state,
        number=state.number + 1,
        why=change.why,
        at=now_ms,
        files=sorted([*kept, *change.into], key=lambda file: file.path),
        removed=list(change.out),
        accounts=_added(state.accounts, change.gone),
    )
    if wrong := unbalanced(after):
        raise LedgerError(f"archive: {change.why} would not be exact: {'; '.join(wrong)}")
    return after


def commit(store: Store, state: Generation, change: Change, now_ms: int) -> Generation:
    """Make a change hold; the caller holds the rewrite lock.

    What an earlier change took out is deleted, and of this one what nobody may read any more.
    """
    after = apply(state, change, now_ms)
    crash_at("rewrite-drafted")
    if not store.ledger.succeed(after, store.writer.name()):
        for file in change.into:
            store.path(file).unlink()
        raise UnavailableError(f"{store.folder}: another process rewrote the archive")
    delete(store, [*state.removed, *(change.out if change.at_once else [])])
    return after


def delete(store: Store, files: Sequence[File]) -> None:
    """Remove files from the disk, and the folders that are empty then."""
    for file in files:
        path = store.path(file)
        path.unlink(missing_ok=True)
        crash_at("file-deleted")
        tidy_folder(path.parent)


def write(store: Store, query: str, like: Sequence[File]) -> File | None:
    """A file of what a query finds in the place of others; nothing where it finds no row."""
    written = store.draft("parquet", cold=like[0].cold)
    make_folder(written.parent)
    rows = store.engine.write_query(query, written)
    if not rows:
        written.unlink()
        return None
    one = like[0]
    path = f"{one.path.rpartition('/')[0]}/{store.writer.name()}.parquet"
    file = msgspec.structs.replace(
        one,
        path=path,
        rows=rows,
        size=written.stat().st_size,
        first=min(file.first for file in like),
        last=max(file.last for file in like),
    )
    settle(written, store.path(file))
    return file


def _added(one: Mapping[str, Account], other: Mapping[str, Account]) -> dict[str, Account]:
    return {
        kind: Account(
            **{
                name: getattr(one.get(kind, Account()), name)
                + getattr(other.get(kind, Account()), name)
                for name in Account.__struct_fields__
            }
        )
        for kind in sorted({*one, *other})
    }
