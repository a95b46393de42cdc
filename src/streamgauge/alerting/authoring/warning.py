"""What is allowed in a rule file and yet may not be what was meant. Pure."""

from collections.abc import Collection, Iterator

import msgspec

from streamgauge.alerting.authoring.measure_name import is_known, nearest, units
from streamgauge.alerting.rules.rule import AlertingRule
from streamgauge.contracts.event import Labels

RUNBOOK = "runbook_url"
# Measures with these units lie between 0 and 1, so no larger number is ever reached.
_SHARES = {"share", "chance", "0 to 1", "0 or 1"}


class Warned(msgspec.Struct, frozen=True):
    """One warning: where, of which rule, and what."""

    place: str
    rule: str
    text: str


def of_rule(rule: AlertingRule, written: Labels, recorded: Collection[str]) -> Iterator[Warned]:
    """What is odd in a rule; `written` are its labels as they stand in the file."""
    for text in (*_of_words(rule, written), *_of_condition(rule, recorded)):
        yield Warned(rule.place, rule.name, text)


def _of_words(rule: AlertingRule, written: Labels) -> Iterator[str]:
    if "severity" not in written:
        yield f"no severity: it is {rule.severity}"
    if not rule.annotations.get(RUNBOOK):
        yield f"no {RUNBOOK}: who is called does not know what to do"
    if not rule.annotations.get("summary"):
        yield "no summary: the message says the condition only"


def _of_condition(rule: AlertingRule, recorded: Collection[str]) -> Iterator[str]:
    for selector in rule.expression.selectors:
        if selector.name and not is_known(selector.name, recorded):
            yield f"unknown measure {selector.name}; did you mean {nearest(selector.name)}?"
    condition = rule.condition
    if condition.is_plain and not 0 <= condition.threshold <= 1:
        (selector,) = rule.expression.selectors
        if units().get(selector.name) in _SHARES:
            yield f"{selector.name} is between 0 and 1; {condition.threshold:g} is never reached"
