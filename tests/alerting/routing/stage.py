"""A dispatcher in virtual time: what happens when, and who is told what then."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import msgspec

from streamgauge.alerting.fingerprint import fingerprint
from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Alert, Silence, State

SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000

# Second, names of what fires, names of what is over.
Event = tuple[float, str, str]


def plan(
    *,
    group_by: tuple[str, ...] | None = (),
    group_wait: float = 1,
    group_interval: float = 1,
    repeat_interval: float = 3_600,
    aims: tuple[Aim, ...] = (Aim("team/webhook", send_resolved=True),),
    **more: Any,
) -> Plan:
    """One receiver `team`; times in seconds."""
    route = Route(
        receiver="team",
        group_by=group_by,
        group_wait=ms(group_wait),
        group_interval=ms(group_interval),
        repeat_interval=ms(repeat_interval),
    )
    return Plan(route=route, receivers={"team": aims}, **more)


def alert(
    state: State = "firing",
    *,
    episode: int = 1,
    at: float = 0,
    ends: float | None = None,
    flapping: bool = False,
    **labels: str,
) -> Alert:
    """One of ours, firing since `at` or over since `ends`, in seconds."""
    labels = {"alertname": "test", **labels}
    name = fingerprint(labels)
    return Alert(
        id=f"{name}-{episode}-{state}",
        fingerprint=name,
        episode=episode,
        state=state,
        rule=labels["alertname"],
        severity=labels.get("severity", "warning"),
        labels=labels,
        annotations={},
        expr="x > 1",
        value=1.0,
        starts_at=ms(at),
        updated_at=ms(at if ends is None else ends),
        ends_at=None if ends is None else ms(ends),
        position=0,
        flapping=flapping,
    )


def outside(
    state: State, starts: float, at: float, note: str = "", *, episode: int = 1, ends: float = 0
) -> Alert:
    """One that the API took in and wrote at `at`."""
    base = alert(state, episode=episode, at=starts, ends=ends or None)
    note_of = {"ann": note} if note else {}
    return msgspec.structs.replace(base, updated_at=ms(at), position=-1, annotations=note_of)


def silence(name: str, starts: float, ends: float, *matchers: str, updated: float = 0) -> Silence:
    return Silence(
        id=name,
        matchers=list(matchers),
        starts_at=ms(starts),
        ends_at=ms(ends),
        created_by="ada",
        comment="maintenance",
        updated_at=ms(updated),
    )


def inhibition(source: str, target: str, *equal: str) -> Inhibition:
    return Inhibition((read_matcher(source),), (read_matcher(target),), equal)


def ms(seconds: float) -> int:
    return round(seconds * SECOND)


class Stage:
    """Runs a dispatcher; `deliver` says whether a notice arrives, at once."""

    def __init__(
        self,
        plan: Plan,
        deliver: Callable[[Notice], bool] = lambda _: True,
        dispatcher: Dispatcher | None = None,
    ) -> None:
        self.dispatcher = dispatcher or Dispatcher(plan)
        self.notices: list[Notice] = []
        self._deliver = deliver
        self._offset = 0
        self._acts: list[tuple[int, Callable[[int], None]]] = []

    def take(self, seconds: float, *alerts: Alert) -> None:
        """Records that arrive then."""
        for one in alerts:
            self.do(seconds, partial(self._take, one))

    def do(self, seconds: float, act: Callable[[int], None]) -> None:
        """Anything else that happens then."""
        self._acts.append((ms(seconds), act))

    def run(self, until: float) -> list[Event]:
        """Go on to a time; what was delivered so far as (second, what fires, what is over)."""
        acts, self._acts = sorted(self._acts, key=lambda act: act[0]), []
        end = ms(until)
        while True:
            due = self.dispatcher.next_due()
            at = min(due if due is not None else end, acts[0][0] if acts else end, end)
            if acts and acts[0][0] <= at:
                acts.pop(0)[1](at)
            self._tell(self.dispatcher.advance(at), at)
            if at >= end and not acts:
                return [(n.at / SECOND, *names(n)) for n in self.notices]

    def _take(self, one: Alert, at: int) -> None:
        self.dispatcher.take(one, at, self._offset)
        self._offset += 1

    def _tell(self, notices: Iterable[Notice], at: int) -> None:
        for notice in notices:
            delivered = self._deliver(notice)
            if delivered:
                self.notices.append(notice)
            self.dispatcher.settle(notice, delivered, at)


def names(notice: Notice) -> tuple[str, str]:
    """What fires and what is over, each by its label `name`."""
    firing, resolved = (
        " ".join(sorted(a.labels.get("name", "") for a in notice.alerts if a.state == state))
        for state in ("firing", "resolved")
    )
    return firing, resolved
