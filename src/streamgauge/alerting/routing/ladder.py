"""Who is told next while nobody acknowledges: each step of an escalation as a route of its own."""

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.matcher import match_all
from streamgauge.alerting.routing.agenda import Agenda
from streamgauge.alerting.routing.groups import Groups
from streamgauge.alerting.routing.known import Known
from streamgauge.alerting.routing.mute import Mutes
from streamgauge.alerting.routing.plan import Aim, Escalation, Plan
from streamgauge.alerting.routing.route import Route


class Step(msgspec.Struct, frozen=True, eq=False):
    """One of a chain: alerts that fire enter its groups `after` ms, unless somebody owns them."""

    escalation: Escalation
    route: Route
    aims: tuple[Aim, ...]
    after: int
    text: str

    def matches(self, known: Known) -> bool:
        """Whether the escalation is about this alert."""
        return match_all(self.escalation.matchers, known.alert.labels)


class Ladder:
    """All steps, and which alert reaches which of them when."""

    def __init__(self, plan: Plan, groups: Groups, mutes: Mutes) -> None:
        self._root = plan.route
        self._groups = groups
        self._mutes = mutes
        self._steps = [step for one in plan.escalations for step in _steps(one, plan)]
        self._agenda: Agenda[tuple[Known, str, Step]] = Agenda()

    def next_due(self) -> int | None:
        """When the next alert reaches a step."""
        return self._agenda.next()

    def enter(self, known: Known, at: int, offset: int) -> None:
        """An alert is new here.

        After a restart the ledger knows how long it has been one: from those who were told.
        """
        steps = [step for step in self._steps if step.matches(known)]
        told = {step: self._groups.knows(step.route, step.aims, known) for step in steps}
        began = [when - step.after for step, when in told.items() if when is not None]
        known.at = min(known.at, *began) if began else known.at
        for step in steps:
            if told[step] is not None:
                self._enter(known, step, at, known.at + step.after, offset)
            elif known.resolved:
                continue
            elif step.after:
                self._agenda.put((known, known.id, step), known.at + step.after)
            elif not self._is_told(step.route.receiver, known):
                self._enter(known, step, at, known.at, offset)

    def climb(self, now: int) -> None:
        """Alerts that nobody owns reach what is due."""
        for at, (known, name, step) in self._agenda.due(now):
            fires = known.id == name and known.groups and not known.resolved
            if fires and not self._mutes.ack(known, now):
                self._enter(known, step, at, at)

    def _is_told(self, receiver: str, known: Known) -> bool:
        """Whether a route tells the first of a chain at any hour: twice would be two incidents."""
        return any(
            route.receiver == receiver and not (route.mute or route.active)
            for route in self._root.find(known.alert.labels)
        )

    def _enter(self, known: Known, step: Step, at: int, began: int, offset: int = -1) -> None:
        self._groups.enter(
            known,
            step.route,
            step.aims,
            at,
            began=began,
            offset=offset,
            escalated=step.text,
        )


def _steps(escalation: Escalation, plan: Plan) -> list[Step]:
    root = plan.route
    found = []
    for number, receiver in enumerate(escalation.chain):
        route = Route(
            receiver=receiver,
            key=f'{{}}/escalation="{escalation.name}"/{number}',
            matchers=escalation.matchers,
            group_by=root.group_by,
            group_wait=root.group_wait,
            group_interval=root.group_interval,
            repeat_interval=root.repeat_interval,
        )
        after = number * escalation.every
        before = ", ".join(escalation.chain[:number])
        text = (
            f"escalation {escalation.name}, step {number + 1} of {len(escalation.chain)}: nobody "
            f"has acknowledged for {duration.show(after)}; told before: {before}"
            if number
            else ""
        )
        found.append(Step(escalation, route, plan.receivers[receiver], after, text))
    return found
