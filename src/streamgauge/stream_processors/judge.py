"""The stage `judge`: measures and signals in, transitions of alerts out."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting.judge import Judge
from streamgauge.alerting.rule_file import load_rules, shipped_rules
from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading
from streamgauge.contracts.refusal import explain
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back

# Readings that are read again after a restart: some minutes of a busy deployment.
_MEMORY = 20_000
_decode = msgspec.json.Decoder(AnyReading).decode


class Judging:
    """Judges the one partition of `measures`."""

    name = "judge"
    topic = "measures"

    def __init__(self, settings: Settings) -> None:
        self.outbox = Outbox(settings.kafka, "streamgauge-judge")
        self._kafka = settings.kafka
        files: Sequence[Path] = settings.alerting.rules or shipped_rules()
        self._rules = load_rules(files)
        log.info("rules loaded", files=len(files), rules=len(self._rules))

    def follow(self, _partition: int, committed: int) -> "Bench":
        """Alert states come back from `alert-state`, the newest record of each fingerprint."""
        held: dict[str, Alert] = {}
        for message in read_back(self._kafka, "alert-state", 0):
            key = (message.key() or b"").decode()
            if (value := message.value()) is None:
                held.pop(key, None)
            elif (alert := _alert(value)) is not None:
                held[key] = alert
        judge = Judge(self._rules)
        # What `for` has seen of its windows comes back by reading them again, in silence.
        judge.restore(held.values(), judged=committed - 1)
        for message in read_back(self._kafka, self.topic, 0, to=committed, newest=_MEMORY):
            if (reading := _reading(message.value())) is not None:
                judge.step(reading, message.offset() or 0)
        log.info("judge restored", alerts=len(held), position=committed)
        return Bench(judge, self.outbox)


def _alert(value: bytes) -> Alert | None:
    try:
        return codec.decode(Alert, value)
    except codec.UNREADABLE as error:
        # The notifier reads the same bytes from `alerts` and buries them.
        log.error("unreadable alert state", reason=explain(error, value).reason)
        return None


def _reading(value: bytes | None) -> AnyReading | None:
    """A record that was judged before; what could not be read then was buried then."""
    try:
        return _decode(value) if value is not None else None
    except codec.UNREADABLE:
        return None


class Bench:
    """Puts each transition on `alerts` and on `alert-state`."""

    def __init__(self, judge: Judge, outbox: Outbox) -> None:
        self._judge = judge
        self._outbox = outbox

    def step(self, value: bytes, offset: int) -> None:
        """One record of `measures`."""
        for alert in self._judge.step(_decode(value), offset):
            body = codec.encode(alert)
            self._outbox.put("alerts", alert.fingerprint, body)
            self._outbox.put("alert-state", alert.fingerprint, body)
            log.info("alert", rule=alert.rule, state=alert.state, labels=alert.labels)
