"""`absent` and `absent_over_time`: 1 where there is nothing."""

from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.tree import Node, Selector
from streamgauge.alerting.promql.vector import Sample, Window


def _absent(frame: Frame, found: list[Sample] | list[Window]) -> list[Sample]:
    return [] if found else [Sample(_labels(frame.nodes[0]), 1.0, frame.at)]


def _labels(node: Node) -> dict[str, str]:
    """What the missing series would surely have: labels that one matcher alone makes equal."""
    if not isinstance(node, Selector):
        return {}
    labels: dict[str, str] = {}
    seen: set[str] = set()
    for matcher in node.matchers:
        if matcher.op == "=" and matcher.label not in seen:
            labels[matcher.label] = matcher.value
        else:
            labels.pop(matcher.label, None)
        seen.add(matcher.label)
    return {name: value for name, value in labels.items() if value and name != "__name__"}


FUNCTIONS = (
    of_whole("absent", _absent, "vector"),
    of_whole("absent_over_time", _absent, "matrix"),
)
