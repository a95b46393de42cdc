"""All tracks of a judge, by fingerprint and by rule, and which of them the clock matters to."""

from collections.abc import Iterable, Mapping, Sequence

from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.judging.track import Track
from streamgauge.alerting.rules.rule import DEFAULT_SEVERITY, AlertingRule
from streamgauge.contracts.alert import Alert


class Register:
    """Tracks are made when first asked for, and stay."""

    def __init__(self, rules: Sequence[AlertingRule]) -> None:
        self._rules = rules
        self._tracks: dict[str, Track] = {}
        self._of_rule: dict[str, dict[str, Track]] = {rule.place: {} for rule in rules}
        # Active ones, and those that silence may begin.
        self._clocked: dict[str, Track] = {}

    def get(self, rule: AlertingRule, labels: Mapping[str, str], value: float) -> Track:
        """The track of a rule for a series with these labels."""
        joined = rule.label({"severity": DEFAULT_SEVERITY, **labels}, value)
        name = fingerprint(joined)
        track = self._tracks.get(name)
        return self._add(Track(rule, joined, name)) if track is None else track

    def restore(self, alert: Alert) -> None:
        """Take up the last told alert of a fingerprint."""
        track = self._tracks.get(alert.fingerprint)
        if track is None:
            rule = self._rule_of(alert)
            track = self._add(Track(rule, alert.labels, alert.fingerprint))
        track.restore(alert)
        self.note(track)

    def of_rule(self, rule: AlertingRule) -> dict[str, Track]:
        """The tracks of a rule by fingerprint."""
        return self._of_rule[rule.place]

    def clocked(self) -> list[Track]:
        """The tracks that the clock matters to."""
        return list(self._clocked.values())

    def note(self, track: Track) -> None:
        """See whether the clock matters to a track that may have changed."""
        if track.is_active or track.is_guarded:
            self._clocked[track.fingerprint] = track
        else:
            self._clocked.pop(track.fingerprint, None)

    def active(self) -> Iterable[Track]:
        """The tracks that are pending or firing."""
        return [track for track in self._clocked.values() if track.is_active]

    def _add(self, track: Track) -> Track:
        self._tracks[track.fingerprint] = track
        if track.rule is not None:
            self._of_rule[track.rule.place][track.fingerprint] = track
        return track

    def _rule_of(self, alert: Alert) -> AlertingRule | None:
        for rule in self._rules:
            if rule.name == alert.rule and rule.fixed_labels.items() <= alert.labels.items():
                return rule
        return None
