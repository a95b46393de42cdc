"""Alerts that are told together: those of one route with the same values of `group_by`."""

from collections.abc import Mapping

import msgspec

from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.line import Line
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.event import Labels


class Group(msgspec.Struct, eq=False):
    """The members, and when they are told.

    `turn` counts the flushes. `members` maps to the turn that first saw an alert resolved, 0 for
    those that fire: once every integration has settled that turn, the alert leaves. `owed` has the
    first offset of each turn that is not settled. `tick` is the next flush by the group's timers.
    """

    key: str
    route: Route
    labels: Labels
    lines: dict[str, Line]
    why: str
    # What to say to those who hear of an alert because nobody owned it.
    escalated: str = ""
    tick: int = 0
    turn: int = 0
    members: dict[Known, int] = {}
    owed: list[tuple[int, int]] = []
    emptied: int | None = None

    def insert(self, known: Known, offset: int) -> None:
        """A record of an alert has come."""
        if known not in self.members:
            known.groups.append(self)
        self.members[known] = 0
        self.emptied = None
        if offset >= 0 and (not self.owed or self.owed[-1][0] <= self.turn):
            self.owed.append((self.turn + 1, offset))

    def begin_turn(self) -> None:
        """A flush begins, of all that is known now."""
        self.turn += 1
        for known, turn in self.members.items():
            if known.resolved and not turn:
                self.members[known] = self.turn

    def collect(self, now: int) -> list[Known]:
        """Take out resolved alerts, and work, that every integration has settled."""
        settled = min((line.covered for line in self.lines.values()), default=self.turn)
        self.owed = [entry for entry in self.owed if entry[0] > settled]
        gone = [known for known, turn in self.members.items() if 0 < turn <= settled]
        for known in gone:
            del self.members[known]
            known.groups.remove(self)
        if gone and not self.members:
            self.emptied = now
        return gone

    def oldest(self) -> int | None:
        """The offset of the oldest record that somebody has to be told about."""
        return self.owed[0][1] if self.owed else None


def labels_of(route: Route, labels: Labels) -> Labels:
    """What all alerts of an alert's group have in common."""
    if route.group_by is None:
        return labels
    return {name: labels[name] for name in route.group_by if name in labels}


def key_of(route: Route, labels: Mapping[str, str]) -> str:
    r"""Alertmanager's group key.

    >>> route = Route(receiver="team", key='{}/{severity="critical"}')
    >>> key_of(route, {"job": "api", "alertname": "Slow"})
    '{}/{severity="critical"}:{alertname="Slow", job="api"}'
    """
    text = ", ".join(f"{name}={_quote(labels[name])}" for name in sorted(labels))
    return f"{route.key}:{{{text}}}"


def _quote(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{"".join(map(_escape, text))}"'


def _escape(letter: str) -> str:
    """Go's %q."""
    if letter in '"\\':
        return f"\\{letter}"
    if letter.isprintable():
        return letter
    if short := _SHORT.get(letter):
        return short
    number = ord(letter)
    if number < 0x80:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
