"""Which alerts nobody wants to hear of for a while, and who said so."""

import msgspec

from streamgauge.alerting.matcher import Matcher, match_all, read_matcher
from streamgauge.alerting.routing.known import Known
from streamgauge.contracts.alert import Silence
from streamgauge.contracts.event import Labels


class _Matched(msgspec.Struct, eq=False):
    """Which of the first `seen` changes of silences match these labels."""

    labels: Labels
    seen: int = 0
    names: dict[str, None] = {}


class Silencer:
    """All silences; one that is over keeps standing until it is forgotten.

    Whether a silence matches an alert is found out once, as Alertmanager does it: groups ask at
    every flush, and there may be thousands of both.
    """

    def __init__(self) -> None:
        self._silences: dict[str, tuple[Silence, tuple[Matcher, ...]]] = {}
        # The silences in the order of their changes; one that changed twice stands there twice.
        self._changes: list[str] = []
        self._matched: dict[str, _Matched] = {}

    def put(self, silence: Silence) -> None:
        """A silence is new or has changed; an older record than the known one changes nothing."""
        known = self._silences.get(silence.id)
        if known is None or known[0].updated_at <= silence.updated_at:
            if not silence.matchers:
                raise ValueError("a silence without matchers would silence everything")
            matchers = tuple(map(read_matcher, silence.matchers))
            if match_all(matchers, {}):
                # As the API and Alertmanager have it: `a=""` holds for whatever has no `a`.
                raise ValueError("at least one matcher must not match the empty string")
            self._silences[silence.id] = (silence, matchers)
            if known is None or known[1] != matchers:
                self._changes.append(silence.id)

    def silence(self, known: Known, now: int) -> Silence | None:
        """What silences an alert now, if anything does."""
        for name in self._matching(known):
            silence = self._silences[name][0]
            if silence.starts_at <= now < silence.ends_at:
                return silence
        return None

    def all(self) -> list[Silence]:
        """Every silence that is known, those that are over among them."""
        return [silence for silence, _ in self._silences.values()]

    def forget(self, before: int) -> None:
        """Drop those that were over before a moment."""
        for silence, _ in list(self._silences.values()):
            if silence.ends_at < before:
                del self._silences[silence.id]
        self._changes = list(self._silences)
        self._matched.clear()

    def _matching(self, known: Known) -> dict[str, None]:
        labels = known.alert.labels
        matched = self._matched.get(known.alert.fingerprint)
        if matched is None or matched.labels != labels:
            matched = self._matched[known.alert.fingerprint] = _Matched(labels)
        if matched.seen < len(self._changes):
            for name in self._changes[matched.seen :]:
                matched.names.pop(name, None)
                if match_all(self._silences[name][1], labels):
                    matched.names[name] = None
            matched.seen = len(self._changes)
        return matched.names
