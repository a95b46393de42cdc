"""Who is told about which alert: Alertmanager's route tree, inherited fields filled in."""

from collections.abc import Iterator, Mapping

import msgspec

from streamgauge.alerting.matcher import Matcher, match_all


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the tree. Below it the first match wins, unless that one says `on`.

    `key` is what Alertmanager prints: `{}/{severity="critical"}`. `group_by` None means by every
    label (`'...'`). Times are in milliseconds. `mute` and `active` name time intervals. `on` is
    `continue`.
    """

    receiver: str
    key: str = "{}"
    matchers: tuple[Matcher, ...] = ()
    routes: tuple["Route", ...] = ()
    on: bool = False
    group_by: tuple[str, ...] | None = ()
    group_wait: int = 30_000
    group_interval: int = 300_000
    repeat_interval: int = 14_400_000
    mute: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    def find(self, labels: Mapping[str, str]) -> Iterator["Route"]:
        """The routes that are responsible; a node is where no child of it matches.

        >>> pager = Route(receiver="pager", matchers=(Matcher("severity", "=", "critical"),))
        >>> tree = Route(receiver="team", routes=(pager,))
        >>> [route.receiver for route in tree.find({"severity": "critical"})]
        ['pager']
        """
        if not match_all(self.matchers, labels):
            return
        found = False
        for child in self.routes:
            below = False
            for route in child.find(labels):
                found = below = True
                yield route
            if below and not child.on:
                return
        if not found:
            yield self

    def why(self) -> str:
        """The condition in words, for people who ask why they were told."""
        text = ", ".join(map(str, self.matchers))
        return f"route {text or 'default'} to {self.receiver}"
