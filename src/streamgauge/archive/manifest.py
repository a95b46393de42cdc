"""Which files count: manifests, one per range of offsets, folded onto the newest generation.

A partition's chain of manifests begins at offset 0 and has no gap; each is named after its first
offset, so only one process can write the next one. A rewrite (compaction, erasure, expiry) writes
a generation: all files that count up to the end of every chain. Later manifests add to it.
"""

from collections.abc import Iterable

import msgspec

from streamgauge.settings import InputError


class LedgerError(InputError):
    """The manifests of an archive contradict each other: nothing is read or written before."""


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One Parquet file. `first` and `last` are the event times in it, in milliseconds.

    `model` is nothing where the rows belong to several models or to none. The path is relative to
    the archive's folder, or to the cold one.
    """

    path: str
    kind: str
    day: str
    rows: int
    size: int
    first: int
    last: int
    model: str | None = None
    cold: bool = False


class Chain(msgspec.Struct, frozen=True, order=True):
    """A partition of a topic; `incarnation` changes when the topic is deleted and made anew."""

    topic: str
    incarnation: str
    partition: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything of the offsets `begin` to `end` (exclusive) is in these files.

    `absent` offsets at the start of the range were no longer on Kafka: `lost` if they should have
    been. `records` came, of which some were `rejected` (they are on dead-letters), are `ignored`
    (of a kind that is not archived) or `erased` (of somebody who was erased before). `id` names who
    wrote this manifest.
    """

    chain: Chain
    begin: int
    end: int
    id: str
    at: int
    records: int = 0
    rejected: int = 0
    ignored: int = 0
    erased: int = 0
    absent: int = 0
    lost: int = 0
    files: list[File] = []


class Tip(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far a chain is, who wrote its last manifest, and the sums of all of them."""

    chain: Chain
    end: int = 0
    last: str = ""
    at: int = 0
    records: int = 0
    rejected: int = 0
    ignored: int = 0
    erased: int = 0
    absent: int = 0
    lost: int = 0


class Account(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Where the rows of a kind went: `added` = the rows that count + all the others."""

    added: int = 0
    superseded: int = 0
    erased: int = 0
    expired: int = 0

    def gone(self) -> int:
        """Rows that were taken out again, on purpose."""
        return self.superseded + self.erased + self.expired


class Generation(msgspec.Struct, kw_only=True, omit_defaults=True):
    """All that counts at some moment; `removed` are files that counted before and may go."""

    number: int = 0
    why: str = ""
    at: int = 0
    tips: list[Tip] = []
    files: list[File] = []
    removed: list[File] = []
    accounts: dict[str, Account] = {}

    def tip(self, chain: Chain) -> Tip:
        """How far a chain is; at offset 0 if it has not begun."""
        return next((tip for tip in self.tips if tip.chain == chain), Tip(chain=chain))

    def account(self, kind: str) -> Account:
        """Where the rows of a kind went."""
        return self.accounts.get(kind, Account())


def fold(base: Generation, manifests: Iterable[Manifest]) -> Generation:
    """What counts when manifests are added to a generation; their order does not matter.

    `LedgerError` names the chain where a range overlaps another one or does not follow on it.

    >>> chain = Chain("predictions", "a", 0)
    >>> one = Manifest(chain=chain, begin=0, end=5, id="x", at=0, records=5)
    >>> fold(Generation(), [one]).tip(chain).end
    5
    """
    tips = {tip.chain: msgspec.structs.replace(tip) for tip in base.tips}
    files = list(base.files)
    accounts = {kind: msgspec.structs.replace(one) for kind, one in base.accounts.items()}
    for one in sorted(manifests, key=lambda manifest: (manifest.chain, manifest.begin)):
        tip = tips.setdefault(one.chain, Tip(chain=one.chain))
        if is_covered(one, base.tip(one.chain)):
            continue
        if one.begin != tip.end or one.end < one.begin:
            raise LedgerError(_contradiction(one, tip))
        _advance(tip, one)
        files += one.files
        for file in one.files:
            accounts.setdefault(file.kind, Account()).added += file.rows
    return msgspec.structs.replace(
        base, tips=[tips[chain] for chain in sorted(tips)], files=files, accounts=accounts
    )


def is_covered(manifest: Manifest, tip: Tip) -> bool:
    """Whether a generation that ends at `tip` has decided about these offsets already.

    Then the manifest is one that the generation holds, or a late one of a process that was
    replaced; it never counts (again).
    """
    return manifest.begin < tip.end


def unbalanced(state: Generation) -> list[str]:
    """Kinds whose rows do not add up: added must be what counts and what was taken out."""
    counted: dict[str, int] = {}
    for file in state.files:
        counted[file.kind] = counted.get(file.kind, 0) + file.rows
    return [
        f"{kind}: {one.added} rows added, {counted.get(kind, 0)} in files, {one.gone()} taken out"
        for kind, one in sorted(state.accounts.items())
        if one.added != counted.get(kind, 0) + one.gone()
    ]


def _advance(tip: Tip, one: Manifest) -> None:
    tip.end, tip.last, tip.at = one.end, one.id, one.at
    tip.records += one.records
    tip.rejected += one.rejected
    tip.ignored += one.ignored
    tip.erased += one.erased
    tip.absent += one.absent
    tip.lost += one.lost


def _contradiction(one: Manifest, tip: Tip) -> str:
    place = f"archive: {one.chain.topic} partition {one.chain.partition}"
    if one.begin < tip.end:
        return f"{place}: manifest {one.begin} to {one.end} overlaps what ends at {tip.end}"
    if one.end < one.begin:
        return f"{place}: manifest {one.begin} ends before it begins, at {one.end}"
    return f"{place}: nothing says what became of offsets {tip.end} to {one.begin - 1}"
