"""Which alerts nobody wants to hear of for a while, and who said so."""

from streamgauge.alerting.matcher import Matcher, match_all, read_matcher
from streamgauge.alerting.routing.known import Known
from streamgauge.contracts.alert import Silence


class Silencer:
    """All silences; one that is over keeps standing until it is forgotten."""

    def __init__(self) -> None:
        self._silences: dict[str, tuple[Silence, tuple[Matcher, ...]]] = {}

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

    def silence(self, known: Known, now: int) -> Silence | None:
        """What silences an alert now, if anything does."""
        labels = known.alert.labels
        for silence, matchers in self._silences.values():
            if silence.starts_at <= now < silence.ends_at and match_all(matchers, labels):
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
