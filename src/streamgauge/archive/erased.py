"""Who was erased: a list beside the archive, by which later archiving leaves them out.

Kafka and its producers still hold what a person sent before. The list has hashes only: of the
pseudonym, and of the sessions and predictions that were found to be theirs, because outcomes and
some feedback name nobody. It has a file for each day of erasures, to which lines are only added, so
that all archivers may read and write it; a file ends 90 days later, when nothing can come any more.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.archive.durable import append_line
from streamgauge.archive.manifest import LedgerError
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction

FOLDER = "erased"
# No event is taken that is older than a week: what Kafka gets later has happened since.
ECHO_MS = 7 * 86_400_000
# Longer than Kafka keeps anything, than the latest label, and than an archiver is ever down.
KEPT_DAYS = 90
_AT_ONCE = 1_000


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody was erased at a time (ms), or more is known to be theirs; all as hashes."""

    at: int
    person: str
    sessions: list[str] = []
    predictions: list[str] = []


class _Claims(msgspec.Struct):
    ts: int
    unit: str


class Erased:
    """The list as it was last read; `people` were erased at a time (ms)."""

    def __init__(self, folder: Path) -> None:
        self.people: dict[str, int] = {}
        # Whose they are.
        self.sessions: dict[str, str] = {}
        self.predictions: dict[str, str] = {}
        self._folder = folder / FOLDER
        self._read: dict[str, int] = {}
        self._sessions: dict[str, str] = {}
        self._predictions: dict[str, str] = {}

    @property
    def size(self) -> int:
        """It grows whenever the list says more."""
        return len(self.people) + len(self.sessions) + len(self.predictions)

    def refresh(self) -> None:
        """Read what was added since, by any process."""
        for path in sorted(self._folder.glob("*.jsonl")):
            begin = self._read.get(path.name, 0)
            if path.stat().st_size <= begin:
                continue
            with path.open("rb") as file:
                file.seek(begin)
                added = file.read()
            # Somebody may be writing the last line.
            whole = added[: added.rfind(b"\n") + 1]
            self._read[path.name] = begin + len(whole)
            for line in _lines(path, whole):
                self._learn(line)

    def add(self, person: str, at: int) -> None:
        """Put somebody on the list; holds for all archivers from their next batch on."""
        self._write(Line(at=at, person=person))

    def trace(
        self, sessions: Iterable[tuple[str, str]], predictions: Iterable[tuple[str, str]]
    ) -> None:
        """Note sessions and predictions with whose they are; `remember` puts them on the list."""
        for found, known, noted in (
            (sessions, self.sessions, self._sessions),
            (predictions, self.predictions, self._predictions),
        ):
            noted.update({name: person for name, person in found if name not in known})

    def remember(self) -> None:
        """Put on the list what was traced; before anything is left out because of it."""
        owed: dict[str, tuple[list[str], list[str]]] = {}
        for place, noted in enumerate((self._sessions, self._predictions)):
            for name, person in noted.items():
                owed.setdefault(person, ([], []))[place].append(name)
            noted.clear()
        for person, (sessions, predictions) in sorted(owed.items()):
            for begin in range(0, max(len(sessions), len(predictions)), _AT_ONCE):
                some = slice(begin, begin + _AT_ONCE)
                line = Line(
                    at=self.people[person],
                    person=person,
                    sessions=sessions[some],
                    predictions=predictions[some],
                )
                self._write(line)

    def names(self, event: Any, appended: int) -> bool:
        """Whether an event is of somebody who was erased, or about a prediction of theirs.

        What more it tells of them is traced. `appended` is when Kafka took it (ms): of what came a
        week after the erasure only what is about former predictions and sessions is theirs.
        """
        if not self.people or not isinstance(event, Prediction | Feedback | Outcome):
            return False
        if isinstance(event, Outcome):
            return self._is_about(event.prediction_id, event.receipt)
        person = self._whose(event, appended)
        if isinstance(event, Feedback):
            return person is not None or self._is_about(event.prediction_id, event.receipt)
        if person is not None:
            self.trace([], [(digest(event.id), person)])
        return person is not None

    def _whose(self, event: Prediction | Feedback, appended: int) -> str | None:
        session = event.session
        if event.user is None:
            name = digest(session) if session is not None else ""
            return self.sessions.get(name) or self._sessions.get(name)
        person = digest(event.user)
        if appended > self._until(person):
            return None
        if session is not None:
            self.trace([(digest(session), person)], [])
        return person

    def forget(self, now: float) -> None:
        """Delete the parts of the list that are too old; `now` in seconds."""
        last = datetime.fromtimestamp(now, UTC).date() - timedelta(days=KEPT_DAYS)
        for path in self._folder.glob("*.jsonl"):
            if date.fromisoformat(path.stem) < last:
                path.unlink(missing_ok=True)

    def _is_about(self, prediction: str | None, receipt: str | None) -> bool:
        if prediction is not None:
            name = digest(prediction)
            if name in self.predictions or name in self._predictions:
                return True
        claims = _claims(receipt) if receipt else None
        return claims is not None and claims.ts <= self._until(digest(claims.unit))

    def _until(self, person: str) -> int:
        return self.people.get(person, -ECHO_MS - 1) + ECHO_MS

    def _write(self, line: Line) -> None:
        day = datetime.fromtimestamp(line.at / 1_000, UTC).date()
        append_line(self._folder / f"{day}.jsonl", msgspec.json.encode(line))
        self._learn(line)

    def _learn(self, line: Line) -> None:
        self.people[line.person] = max(line.at, self.people.get(line.person, 0))
        self.sessions.update(dict.fromkeys(line.sessions, line.person))
        self.predictions.update(dict.fromkeys(line.predictions, line.person))


def digest(text: str) -> str:
    """What the list has instead of a name: SHA-256, as DuckDB's `sha256` gives it.

    >>> digest("")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _lines(path: Path, text: bytes) -> Iterator[Line]:
    for line in text.splitlines():
        try:
            yield msgspec.json.decode(line, type=Line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            # To go on would bring people back.
            raise LedgerError(f"{path}: not readable: {error}") from None


def _claims(receipt: str) -> _Claims | None:
    """What a receipt says of a person; it is not checked here, whoever may have signed it."""
    _, _, rest = receipt.partition(".")
    payload = rest.partition(".")[0]
    try:
        raw = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        return msgspec.json.decode(raw, type=_Claims)
    except (msgspec.MsgspecError, ValueError):
        return None
