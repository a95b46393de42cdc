"""What a configuration may say without meaning it."""

from collections.abc import Iterable, Iterator, Sequence

from streamgauge.alerting import duration
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.route import Route

# Labels that each of our alerts has.
_ALWAYS = frozenset(("alertname", "severity"))


def find(
    document: MarkedYaml, plan: Plan, *, unread: Iterable[str], empty: Iterable[str]
) -> Iterator[str]:
    """Warnings with file and line; `unread` are fields of `global`, `empty` are patterns."""

    def at(place: Sequence[Step], text: str) -> str:
        return str(document.error(place, text))

    for name in unread:
        yield at(("global", name), f"{name}: has no effect, this kind of receiver is not built in")
    for pattern in empty:
        yield at(("templates",), f"templates: no file is named {pattern}")
    for number, inhibition in enumerate(plan.inhibitions):
        for text in _inhibition(inhibition):
            yield at(("inhibit_rules", number), text)
    for place, text in _route(plan.route, ("route",)):
        yield at(place, text)
    used = set(_receivers(plan))
    for number, name in enumerate(plan.receivers):
        if name not in used:
            yield at(("receivers", number), f"receiver {name!r}: nothing leads to it")
    named = {name for route in _routes(plan.route) for name in (*route.mute, *route.active)}
    for name in sorted(plan.intervals.keys() - named):
        yield at((), f"time interval {name!r}: no route names it")


def _inhibition(rule: Inhibition) -> Iterator[str]:
    if not rule.source or not rule.target:
        side = "source" if not rule.source else "target"
        yield f"inhibition: without matchers of the {side}, every alert is one"
    if not rule.equal:
        yield "inhibition: without equal, any source inhibits every target, whatever it is about"
        return
    sure = _ALWAYS | (_present(rule.source) & _present(rule.target))
    if not sure.intersection(rule.equal):
        yield (
            f"inhibition: alerts without {' and '.join(rule.equal)} count as equal"
            " (a label that is missing is empty); ask for it on both sides, for example"
            f' {rule.equal[0]}!=""'
        )


def _present(matchers: Iterable[Matcher]) -> frozenset[str]:
    """Labels that an alert has to have to satisfy the matchers."""
    return frozenset(one.label for one in matchers if not one.matches({}))


def _route(route: Route, place: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str]]:
    interval, repeat = route.group_interval, route.repeat_interval
    if repeat % interval:
        # A group is looked at every group_interval only.
        shown = duration.show(-(-repeat // interval) * interval)
        of = f"group_interval {duration.show(interval)}"
        text = f"repeat_interval {duration.show(repeat)} is no multiple of {of}"
        yield place, f"{text}: repeated every {shown}"
    takers: list[tuple[Route, frozenset[Matcher]]] = []
    for number, child in enumerate(route.routes):
        at = (*place, "routes", number)
        asked = frozenset(child.matchers)
        for earlier, matchers in takers:
            if matchers <= asked:
                yield at, f"route {child.key}: never reached, {earlier.key} takes all of it before"
                break
        else:
            if clash := _clash((*route.matchers, *child.matchers)):
                yield at, f"route {child.key}: never reached, {clash} cannot all hold"
        if not child.on:
            takers.append((child, asked))
        yield from _route(child, at)


def _clash(matchers: Sequence[Matcher]) -> str:
    """Matchers of one label that exclude each other, of which one says what it is."""
    for one in matchers:
        if one.op == "=":
            for other in matchers:
                if other.label == one.label and not other.matches({one.label: one.value}):
                    return f"{one} and {other}"
    return ""


def _routes(route: Route) -> Iterator[Route]:
    yield route
    for child in route.routes:
        yield from _routes(child)


def _receivers(plan: Plan) -> Iterator[str]:
    yield from (route.receiver for route in _routes(plan.route))
    yield from (name for escalation in plan.escalations for name in escalation.chain)
    yield from (digest.receiver for digest in plan.digests)
    if plan.watch:
        yield plan.watch.receiver
