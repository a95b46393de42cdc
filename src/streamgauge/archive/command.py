"""`streamgauge archive erase|expire`: what a person asks of the archive beside its running."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamgauge import settings
from streamgauge.archive import erase as erasing
from streamgauge.archive import expire as expiring
from streamgauge.archive.erased import KEPT_DAYS
from streamgauge.archive.lease import rewriting
from streamgauge.archive.manifest import Generation
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import sweep
from streamgauge.contracts.codec import encode
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Archive, InputError

_WAIT_S = 600.0
# Where Kafka itself may still hold what a person sent, or what was said about it.
_ON_KAFKA = ("predictions", "outcomes", "feedback", "usage", "dead-letters")


def erase(*, user: str, config: Path | None = None, json: bool = False) -> None:
    """Delete a user's predictions and feedback, and the outcomes of those predictions.

    Parameters
    ----------
    user
        The pseudonym as it stands in the events: the hash, not the name.
    config
        The settings file.
    json
        Print one JSON object.

    """
    if not user:
        raise InputError("--user: expected the pseudonym of a user")
    options = settings.load(config)
    now = time.time()
    with _sole_writer(options.archive) as store:
        # Files of an erasure that was killed half way must not outlive this one.
        sweep(store)
        done = erasing.erase(store, user, now)
    until = _kafka_keeps_until(now)
    if json:
        print(encode({"erased": done.rows, "files": done.files, "kafka_until": until}).decode())
        return
    total = ", ".join(f"{count} {kind}" for kind, count in sorted(done.rows.items()))
    print(f"erased: {total or 'nothing was found'} ({done.files} files written anew)")
    print("Kafka deletes by age only, and still holds what it was sent:")
    for topic, when in until.items():
        print(f"  {topic} until {when}")
    print(
        "What was not archived yet, or arrives late, is left out: for a week all that names them, "
        f"for {KEPT_DAYS} days what is about their predictions and sessions."
    )


def expire(*, config: Path | None = None, as_of: datetime | None = None) -> None:
    """Drop the days that are older than the settings keep them; the running archive does so too.

    Parameters
    ----------
    config
        The settings file.
    as_of
        The day to reckon from (UTC), today without it.

    """
    options = settings.load(config)
    when = as_of.replace(tzinfo=as_of.tzinfo or UTC).timestamp() if as_of else time.time()
    with _sole_writer(options.archive) as store:
        sweep(store)
        before = store.ledger.state()
        after = expiring.expire(store, before, options.archive.keep, when)
    for kind, dropped in _expired(before, after).items():
        print(f"{kind}: {dropped} rows dropped")
    print(f"{len(after.files)} files are kept")


@contextmanager
def _sole_writer(options: Archive) -> Iterator[Store]:
    """An archive that exists, and that nobody else rewrites meanwhile."""
    if not options.folder.is_dir():
        raise InputError(f"archive.folder: {options.folder}: no such folder")
    store = Store(options)
    try:
        with rewriting(store.folder, _WAIT_S):
            yield store
    finally:
        store.close()


def _expired(before: Generation, after: Generation) -> dict[str, int]:
    return {
        kind: account.expired - before.account(kind).expired
        for kind, account in after.accounts.items()
        if account.expired > before.account(kind).expired
    }


def _kafka_keeps_until(now: float) -> dict[str, str]:
    """When each topic that may name a person has dropped what it holds now."""
    start = datetime.fromtimestamp(now, UTC)
    return {
        name: f"{start + timedelta(milliseconds=TOPICS[name].retention_ms):%Y-%m-%d %H:%M} UTC"
        for name in _ON_KAFKA
    }
