"""What a notifier's configuration says about alerts that no rule makes. Pure."""

from collections.abc import Iterator, Sequence

from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.rules.rule import AlertingRule


def find(plan: Plan, rules: Sequence[AlertingRule]) -> Iterator[str]:
    """Routes and inhibitions that no alert of these rules can ever reach, in words."""
    for route in plan.route.routes:
        yield from _route(route, rules)
    for number, inhibition in enumerate(plan.inhibitions, start=1):
        for side, matchers in (("source", inhibition.source), ("target", inhibition.target)):
            if not any(can_match(matchers, rule) for rule in rules):
                text = ", ".join(map(str, matchers))
                yield f"inhibition {number}: no rule can be its {side} ({text})"
    for escalation in plan.escalations:
        if not any(can_match(escalation.matchers, rule) for rule in rules):
            yield f"escalation {escalation.name}: no rule can lead to it"


def can_match(matchers: Sequence[Matcher], rule: AlertingRule) -> bool:
    """Whether an alert of the rule may satisfy the matchers, as far as its own labels tell.

    Labels of the series are known only when there is one, so they may be anything.
    """
    known = {**rule.labels, "severity": rule.severity, "alertname": rule.name}
    return all(
        matcher.matches(known)
        for matcher in matchers
        if matcher.label in known and "{{" not in known[matcher.label]
    )


def _route(route: Route, rules: Sequence[AlertingRule]) -> Iterator[str]:
    here = [rule for rule in rules if can_match(route.matchers, rule)]
    if not here:
        yield f"route {route.key}: no rule can lead to it"
        return
    for child in route.routes:
        yield from _route(child, here)
