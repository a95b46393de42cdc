"""`streamgauge audit`: proves the published windows from the events, or says what differs."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from streamgauge import settings
from streamgauge.audit.auditor import Auditor
from streamgauge.audit.proof import Difference
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError

_MS = 1_000
_SHOWN = 50


class Verdict(msgspec.Struct, kw_only=True):
    """What the audit prints; `proven` and `unprovable` count windows of one series each.

    `late`, `rejected` and `apart` (training) are events that are in no window of the proof.
    """

    ok: bool = msgspec.field(name="pass")
    proven: int
    unprovable: int
    events: int
    late: int
    rejected: int
    apart: int
    unchecked: list[str]
    differences: list[Difference]


def audit(
    *,
    from_: datetime | None = None,
    to: datetime | None = None,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Prove the published windows: read the events again, add them up, compare.

    Exit 0 when every final window is what the events say, 1 with each difference. A difference gets
    10 s to be revised before it counts. Windows whose events Kafka no longer has are not proven.

    Parameters
    ----------
    from_
        Only windows that start at this time (UTC where it names no zone) or later.
    to
        Only windows that end at this time or earlier.
    json
        Print one JSON object.
    config
        The settings file.

    """
    since, until = _ms(from_), _ms(to)
    if since is not None and until is not None and since >= until:
        raise InputError("audit: expected --from to be before --to")
    verdict = _judge(settings.load(config), since, until)
    print(msgspec.json.encode(verdict).decode() if json else as_text(verdict))
    if not verdict.ok:
        sys.exit(1)


def _judge(chosen: settings.Settings, since: int | None, until: int | None) -> Verdict:
    wait_for_kafka(chosen.kafka)
    with Auditor(chosen, since=since, until=until) as auditor:
        proof = auditor.examine()
        return Verdict(
            ok=not proof.differences,
            proven=proof.proven,
            unprovable=proof.unprovable,
            events=auditor.account.events,
            late=auditor.account.late,
            apart=auditor.account.apart,
            rejected=len(auditor.buried),
            unchecked=proof.unchecked,
            differences=proof.differences,
        )


def as_text(verdict: Verdict) -> str:
    """The same for people."""
    wrong = len(verdict.differences)
    lines = [f"{verdict.proven} windows proven from {verdict.events} events, {wrong} differences"]
    if verdict.unprovable:
        lines.append(f"{verdict.unprovable} windows are older than the events that Kafka has")
    if verdict.unchecked:
        lines.append(f"not checked: {', '.join(verdict.unchecked)}")
    lines += [str(one) for one in verdict.differences[:_SHOWN]]
    if (more := len(verdict.differences) - _SHOWN) > 0:
        lines.append(f"and {more} more; --json has all")
    return "\n".join(lines)


def _ms(when: datetime | None) -> int | None:
    if when is None:
        return None
    zoned = when if when.tzinfo else when.replace(tzinfo=UTC)
    return int(zoned.timestamp() * _MS)
