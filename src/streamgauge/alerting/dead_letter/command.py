"""`streamgauge dead-letters list|show|replay`: look at what was refused, and send it again."""

import sys
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from streamgauge import settings
from streamgauge.alerting import duration
from streamgauge.alerting.dead_letter.box import Wanted, letters
from streamgauge.alerting.dead_letter.replay import replay as send_again
from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import DeadLetter, Reason
from streamgauge.contracts.label import is_shown, shown
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Kafka


class Line(msgspec.Struct, omit_defaults=True):
    """A dead letter without its bytes, as `--json` prints it."""

    topic: str
    partition: int
    offset: int
    reason: Reason
    detail: str
    size: int
    sha256: str
    append_ts: int
    until: int = 0
    result: str = ""


def show_list(
    *,
    reason: Reason | None = None,
    topic: str | None = None,
    since: str | None = None,
    limit: int = 100,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """List dead letters, the newest last.

    Parameters
    ----------
    reason
        Only those that were refused for this.
    topic
        Only those of this source topic.
    since
        Only those of so long, for example 15m or 2d.
    limit
        No more than the newest so many; 0 for all.
    json
        One JSON object a line, without the bytes.
    config
        The settings file.

    """
    kafka = _kafka(config)
    reasons: Counter[str] = Counter()
    newest: deque[DeadLetter] = deque(maxlen=limit or None)
    for letter in letters(kafka, _wanted(reason, topic, since), _complain):
        reasons[letter.reason] += 1
        newest.append(letter)
    for letter in newest:
        print(encode(_line(letter)).decode() if json else _row(letter))
    if not json:
        told = ", ".join(f"{count} {name}" for name, count in reasons.most_common())
        print(f"{reasons.total()} dead letters{': ' if told else ''}{told}", file=sys.stderr)


def show(
    topic: str, partition: int, offset: int, *, json: bool = False, config: Path | None = None
) -> None:
    """Show one dead letter with its bytes, escaped so that no terminal acts upon them.

    Parameters
    ----------
    topic
        The source topic.
    partition
        The source partition.
    offset
        The source offset; for a record batch any offset in it.
    json
        The dead letter as it stands on the topic; its bytes are base64.
    config
        The settings file.

    """
    kafka = _kafka(config)
    for letter in letters(kafka, Wanted(topic=topic), _complain):
        if letter.partition != partition:
            continue
        if letter.offset == offset or letter.offset <= offset < letter.until:
            print(encode(letter).decode() if json else "\n".join(_page(letter)))
            return
    raise InputError(f"no dead letter of {topic}/{partition}/{offset}")


def replay(
    *,
    reason: Reason | None = None,
    topic: str | None = None,
    since: str | None = None,
    dry_run: bool = False,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Send dead letters again to where they came from; each source position once, ever.

    Parameters
    ----------
    reason
        Only those that were refused for this, for example schema_v after an upgrade.
    topic
        Only those of this source topic.
    since
        Only those of so long, for example 15m or 2d.
    dry_run
        Say what would be sent, and send nothing.
    json
        One JSON object a letter.
    config
        The settings file.

    """
    kafka = _kafka(config)
    found = letters(kafka, _wanted(reason, topic, since), _complain)
    results: Counter[str] = Counter()
    for letter, result in send_again(kafka, found, dry_run=dry_run):
        told = "would be replayed" if dry_run and result == "replayed" else result
        results[told] += 1
        if json:
            print(encode(_line(letter, told)).decode())
        elif result not in ("replayed", "replayed before"):
            print(f"{_place(letter)}: {told}", file=sys.stderr)
    if not json:
        print(", ".join(f"{count} {told}" for told, count in results.items()) or "nothing to do")


def _kafka(config: Path | None) -> Kafka:
    kafka = settings.load(config).kafka
    wait_for_kafka(kafka)
    return kafka


def _wanted(reason: Reason | None, topic: str | None, since: str | None) -> Wanted:
    begin = int(time.time() * 1_000) - duration.option("--since", since) if since else 0
    return Wanted(reason, topic, begin)


def _complain(what: str) -> None:
    print(f"streamgauge: {shown(what)}", file=sys.stderr)


def _line(letter: DeadLetter, result: str = "") -> Line:
    return Line(
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        reason=letter.reason,
        detail=letter.detail,
        size=letter.size,
        sha256=letter.sha256,
        append_ts=letter.append_ts,
        until=letter.until,
        result=result,
    )


def _place(letter: DeadLetter) -> str:
    last = f"-{letter.until - 1}" if letter.until else ""
    return shown(f"{letter.topic}/{letter.partition}/{letter.offset}{last}")


def _row(letter: DeadLetter) -> str:
    return f"{_place(letter)}  {letter.reason:<11}  {letter.size:>8} B  {shown(letter.detail)}"


def _page(letter: DeadLetter) -> Iterator[str]:
    at = datetime.fromtimestamp(letter.append_ts / 1_000, UTC).isoformat(timespec="milliseconds")
    yield f"place    {_place(letter)}"
    yield f"reason   {letter.reason}: {shown(letter.detail)}"
    yield f"arrived  {at if letter.append_ts else 'unknown'}"
    yield f"size     {letter.size} bytes, sha256 {letter.sha256}"
    yield f"key      {'none' if letter.key is None else escaped(letter.key)}"
    if len(letter.value) < letter.size:
        yield f"value    the first {len(letter.value)} bytes of it:"
    else:
        yield "value"
    yield escaped(letter.value)


def escaped(value: bytes) -> str:
    r"""Bytes as text that shows all of them and steers nothing.

    >>> escaped(b"caf\xc3\xa9 \xff\x1b[2J\n")
    'café \\xff\\x1b[2J\\n'
    """
    return "".join(_escape(value.decode("utf-8", "surrogateescape")))


def _escape(text: str) -> Iterable[str]:
    for sign in text:
        if sign == "\\":
            yield "\\\\"
        elif "\udc80" <= sign <= "\udcff":
            yield f"\\x{ord(sign) - 0xDC00:02x}"
        elif is_shown(sign):
            yield sign
        else:
            yield sign.encode("unicode_escape").decode()
