"""Manifests and generations on disk: written once, never changed, read as one state."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from streamgauge.archive.durable import claim, crash_at, sync
from streamgauge.archive.folder_name import to_folder
from streamgauge.archive.manifest import (
    Chain,
    Generation,
    LedgerError,
    Manifest,
    fold,
    is_covered,
)
from streamgauge.settings import UnavailableError

T = TypeVar("T")


class LostClaimError(Exception):
    """Another process writes this partition. `never` says that our files certainly do not count."""

    def __init__(self, manifest: Manifest, *, never: bool) -> None:
        chain = manifest.chain
        super().__init__(
            f"{chain.topic} partition {chain.partition}: another process archived offset "
            f"{manifest.begin}"
        )
        self.never = never


_KEPT_GENERATIONS = 3
# A generation that appears while the manifests are listed takes some of them away.
_TRIES = 20
_PAUSE_S = 0.05


class Ledger:
    """The book of an archive; a `draft` is named so that nobody else uses that name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifests = folder / "manifests"
        self._generations = folder / "generations"
        self._read = ("", Generation())

    def state(self) -> Generation:
        """Everything that counts now.

        `LedgerError` names manifests that overlap or leave a gap, and files that cannot be read.
        """
        for tries in range(_TRIES):
            base = self._newest()
            try:
                state = fold(base, self._every_manifest())
            except (FileNotFoundError, LedgerError):
                if tries == _TRIES - 1:
                    raise
            else:
                if self._newest().number == base.number:
                    return state
            time.sleep(_PAUSE_S)
        raise UnavailableError(f"{self.folder}: its generations change faster than they are read")

    def publish(self, manifest: Manifest, draft: str) -> None:
        """Let a manifest's files count; `LostClaimError` if another process was first.

        The link may find its place free because a generation has cleared it away, so the newest
        one is asked afterwards: it holds our manifest, or somebody else's of these offsets.
        """
        place = self._place(manifest.chain) / f"{manifest.begin:020d}.json"
        if not claim(place, msgspec.json.encode(manifest), self._draft(draft)):
            raise LostClaimError(manifest, never=True)
        crash_at("manifest-published")
        tip = self._newest().tip(manifest.chain)
        if is_covered(manifest, tip) and tip.last != manifest.id:
            raise LostClaimError(manifest, never=False)

    def succeed(self, generation: Generation, draft: str) -> bool:
        """Put a generation in the place of all before it; False if another one was first."""
        place = self._generations / f"{generation.number:012d}.json"
        if not claim(place, msgspec.json.encode(generation), self._draft(draft)):
            return False
        crash_at("generation-published")
        self.clear()
        return True

    def clear(self) -> None:
        """Remove manifests that the newest generation holds, and generations that are long past."""
        newest = self._newest()
        for tip in newest.tips:
            place = self._place(tip.chain)
            gone = [path for path in place.glob("*.json") if int(path.stem) < tip.end]
            for path in gone:
                path.unlink(missing_ok=True)
            if gone:
                sync(place)
        for path in sorted(self._generations.glob("*.json"))[:-_KEPT_GENERATIONS]:
            path.unlink(missing_ok=True)

    def pending(self) -> int:
        """How many manifests no generation holds yet."""
        return sum(1 for _ in self._manifests.glob("*/*/*/*.json"))

    def _newest(self) -> Generation:
        for path in sorted(self._generations.glob("*.json"), reverse=True):
            # A generation never changes, and may be large.
            if path.name != self._read[0]:
                with suppress(FileNotFoundError):
                    self._read = (path.name, _read(path, Generation))
            if path.name == self._read[0]:
                return self._read[1]
        return Generation()

    def _every_manifest(self) -> Iterator[Manifest]:
        for path in self._manifests.glob("*/*/*/*.json"):
            yield _read(path, Manifest)

    def _place(self, chain: Chain) -> Path:
        names = (chain.topic, to_folder(chain.incarnation), str(chain.partition))
        return self._manifests.joinpath(*names)

    def _draft(self, name: str) -> Path:
        return self.folder / "drafts" / f"{name}.json"


def _read(path: Path, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LedgerError(f"{path}: not readable: {error}") from None
