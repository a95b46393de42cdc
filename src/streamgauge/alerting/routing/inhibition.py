"""Alerts that make others superfluous: Alertmanager's inhibition rules."""

from collections.abc import Mapping

import msgspec

from streamgauge.alerting.matcher import Matcher, match_all


class Inhibition(msgspec.Struct, frozen=True):
    """While a `source` fires, each `target` whose `equal` labels are the same is not sent."""

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()
    name: str = ""

    def is_source(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels can inhibit."""
        return match_all(self.source, labels)

    def is_target(self, labels: Mapping[str, str]) -> bool:
        """Whether an alert with these labels can be inhibited."""
        return match_all(self.target, labels)

    def key(self, labels: Mapping[str, str]) -> tuple[str, ...]:
        """What source and target have to have in common; an absent label counts as empty."""
        return tuple(labels.get(name, "") for name in self.equal)
