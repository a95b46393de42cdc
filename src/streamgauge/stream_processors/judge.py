"""The stage `judge`: measures and signals in, transitions of alerts out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from streamgauge.alerting.judging.judge import Judge
from streamgauge.alerting.rules.reader import load_rules, shipped_rules
from streamgauge.alerting.template.template import External
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading
from streamgauge.logs import log
from streamgauge.settings import Settings
from streamgauge.stream_processors.alert_line import AlertLine
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.read_back import read_back
from streamgauge.stream_processors.rewind import alert_of, how_many, reading, told_since

# Alerts of one reading that are logged by name; a storm is counted.
_SHOWN = 10
_decode = msgspec.json.Decoder(AnyReading).decode


class Judging:
    """Judges the one partition of `measures`."""

    name = "judge"
    topic = "measures"

    def __init__(self, settings: Settings) -> None:
        self.outbox = Outbox(settings.kafka, "streamgauge-judge")
        self._kafka = settings.kafka
        self._base = round(settings.window.width * 1000)
        files: Sequence[Path] = settings.alerting.rules or shipped_rules()
        alerting = settings.alerting
        external = External(alerting.external_labels, alerting.external_url or "")
        self._rules = load_rules(files, external)
        # Rules that cannot be judged as they are say so now, not when a partition comes.
        self._judge = Judge(self._rules, self._base)
        log.info("rules loaded", files=len(files), rules=len(self._rules))

    @property
    def faults(self) -> Mapping[str, int]:
        """How often each rule could not be judged since this process has the partition."""
        return self._judge.faults

    def follow(self, _partition: int, committed: int) -> "Bench":
        """Alert states come back from `alert-state`, the newest record of each fingerprint.

        A crash may have left transitions on `alerts` whose states were not written: they are now.
        """
        held: dict[str, Alert] = {}
        for message in read_back(self._kafka, "alert-state", 0):
            # Whoever writes here beside us must not stop the judge.
            key = (message.key() or b"").decode("utf-8", "replace")
            if (value := message.value()) is None:
                held.pop(key, None)
            elif (alert := alert_of(value)) is not None:
                held[key] = alert
        line = AlertLine(self.outbox)
        for alert in told_since(self._kafka, committed):
            known = held.get(alert.fingerprint)
            if known is None or _age(known) < _age(alert):
                held[alert.fingerprint] = alert
                line.refresh(alert)
        judge = self._judge = Judge(self._rules, self._base)
        judge.restore(held.values(), judged=committed - 1)
        # What rules have seen of the past comes back by reading it again, in silence.
        reach = max([judge.reach, *map(_silence, held.values())])
        newest = how_many(self._kafka, self.topic, committed, reach)
        for message in read_back(self._kafka, self.topic, 0, to=committed, newest=newest):
            if (seen := reading(message.value())) is not None:
                judge.step(seen, message.offset() or 0)
        log.info("judge restored", alerts=len(held), position=committed)
        return Bench(judge, line)


def _silence(alert: Alert) -> int:
    """How long the series of an alert may have been silent before that is judged, in ms."""
    over = alert.ends_at is not None
    return 0 if over else round(float(alert.evidence.get("window_seconds", 0.0)) * 5_000)


def _age(alert: Alert) -> tuple[int, int]:
    return alert.position, alert.updated_at


class Bench:
    """Puts each transition on `alerts` and on `alert-state`, and newer values on the latter."""

    def __init__(self, judge: Judge, line: AlertLine) -> None:
        self._judge = judge
        self._line = line

    def step(self, value: bytes, offset: int) -> None:
        """One record of `measures`."""
        told = self._judge.step(_decode(value), offset)
        for alert in told.transitions:
            self._line.tell(alert)
        for alert in told.transitions[:_SHOWN]:
            log.info("alert", rule=alert.rule, state=alert.state, labels=alert.labels)
        if len(told.transitions) > _SHOWN:
            log.info("more alerts at once", count=len(told.transitions) - _SHOWN)
        for alert in told.updates:
            self._line.refresh(alert)
        for fault in told.faults:
            log.warning("rule cannot be judged", rule=fault.rule, at=fault.place, why=fault.text)
        self._line.poll()
