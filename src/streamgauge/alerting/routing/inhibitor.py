"""Which alerts are superfluous while others fire: the sources of all inhibition rules, by key."""

from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.known import Known

Sources = dict[tuple[str, ...], dict[str, Known]]


class Inhibitor:
    """All that fires and inhibits, found by the labels that have to be equal.

    Several sources of one key stand side by side, so that one that ends uncovers nothing while
    another one fires.
    """

    def __init__(self, rules: tuple[Inhibition, ...]) -> None:
        # Sources that are targets too inhibit no alert that is both as well.
        self._rules = [(rule, Sources(), Sources()) for rule in rules]

    def see(self, known: Known) -> None:
        """An alert is new or has changed."""
        labels = known.alert.labels
        for rule, one_sided, two_sided in self._rules:
            if not rule.is_source(labels):
                continue
            sources = two_sided if rule.is_target(labels) else one_sided
            key = rule.key(labels)
            if not known.resolved:
                sources.setdefault(key, {})[known.alert.fingerprint] = known
            elif found := sources.get(key):
                found.pop(known.alert.fingerprint, None)
                if not found:
                    del sources[key]

    def source(self, known: Known) -> Known | None:
        """What inhibits an alert, if anything does."""
        labels = known.alert.labels
        for rule, one_sided, two_sided in self._rules:
            if not rule.is_target(labels):
                continue
            key = rule.key(labels)
            both = rule.is_source(labels)
            for sources in (one_sided,) if both else (one_sided, two_sided):
                if found := sources.get(key):
                    return next(iter(found.values()))
        return None
