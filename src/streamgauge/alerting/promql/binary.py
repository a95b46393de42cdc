"""Operators between vectors, as Prometheus matches their elements."""

from collections.abc import Callable, Mapping, Sequence

from streamgauge.alerting.promql.arithmetic import ARITHMETIC, COMPARISON
from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.tree import Binary, Matching
from streamgauge.alerting.promql.vector import NAME, Sample, bare, show, unique

Group = frozenset[tuple[str, str]]


def scalars(node: Binary, left: float, right: float) -> float:
    """The result of two numbers; a comparison gives 1 or 0."""
    if node.op in COMPARISON:
        return float(COMPARISON[node.op](left, right))
    return ARITHMETIC[node.op](left, right)


def with_scalar(
    node: Binary, samples: list[Sample], scalar: float, at: int, *, flipped: bool
) -> list[Sample]:
    """A vector and a number, which stands on the left if `flipped`."""
    compare = COMPARISON.get(node.op)
    if compare and not node.holds:
        if flipped:
            return [it for it in samples if compare(scalar, it.value)]
        return [it for it in samples if compare(it.value, scalar)]
    operation: Callable[[float, float], float] = compare or ARITHMETIC[node.op]
    return unique(
        [
            Sample(
                bare(it.labels),
                float(operation(scalar, it.value) if flipped else operation(it.value, scalar)),
                at,
            )
            for it in samples
        ]
    )


def sets(node: Binary, left: list[Sample], right: list[Sample]) -> list[Sample]:
    """`and`, `or` and `unless`."""
    group = grouper(node.matching)
    if node.op == "or":
        known = {group(it.labels) for it in left}
        return unique(left + [it for it in right if group(it.labels) not in known])
    known = {group(it.labels) for it in right}
    return [it for it in left if (group(it.labels) in known) == (node.op == "and")]


def vectors(node: Binary, left: list[Sample], right: list[Sample], at: int) -> list[Sample]:
    """Arithmetic or a comparison, element by element; EvaluationError if it is many to many."""
    matching = node.matching
    if not left or not right:
        return []
    group = grouper(matching)
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    partners = _partners(one, group, "left" if swapped else "right")
    compare = COMPARISON.get(node.op)
    result: list[Sample] = []
    met: set[Group] = set()
    for it in many:
        key = group(it.labels)
        partner = partners.get(key)
        if partner is None:
            continue
        labels = _labels(node, it.labels, partner.labels, plain=not compare or node.holds)
        # Also where a comparison does not hold: it may hold the next time.
        _meet_once(met, frozenset(labels.items()) if matching.many else key, matching)
        value, other = (partner.value, it.value) if swapped else (it.value, partner.value)
        if compare is None:
            value = ARITHMETIC[node.op](value, other)
        elif node.holds:
            value = float(compare(value, other))
        elif not compare(value, other):
            continue
        result.append(Sample(labels, value, at))
    return unique(result)


def _meet_once(met: set[Group], key: Group, matching: Matching) -> None:
    if key in met:
        raise EvaluationError(
            "multiple matches for labels: grouping labels must ensure unique matches"
            if matching.many
            else "multiple matches for labels: many-to-one matching must be explicit"
            f" (group_left/group_right): {show(dict(key))} comes several times on the left"
        )
    met.add(key)


def grouper(matching: Matching) -> Callable[[Mapping[str, str]], Group]:
    """What of its labels decides which elements an element meets."""
    if matching.on:
        return lambda labels: frozenset(
            (name, labels[name]) for name in matching.labels if name in labels
        )
    ignored = {*matching.labels, NAME}
    return lambda labels: frozenset(pair for pair in labels.items() if pair[0] not in ignored)


def _partners(
    samples: Sequence[Sample],
    group: Callable[[Mapping[str, str]], Group],
    side: str,
) -> dict[Group, Sample]:
    partners: dict[Group, Sample] = {}
    for it in samples:
        key = group(it.labels)
        twin = partners.setdefault(key, it)
        if twin is not it:
            raise EvaluationError(
                f"found duplicate series for the match group {show(dict(key))} on the {side}"
                f" hand-side of the operation: [{show(twin.labels)}, {show(it.labels)}];"
                " many-to-many matching not allowed: matching labels must be unique on one side"
            )
    return partners


def _labels(
    node: Binary, left: Mapping[str, str], right: Mapping[str, str], *, plain: bool
) -> dict[str, str]:
    """The labels of a result: those of the side that may be many, and what it includes."""
    matching = node.matching
    labels = bare(left) if plain else dict(left)
    if not matching.many:
        keep = matching.labels
        return {name: value for name, value in labels.items() if (name in keep) == matching.on}
    for name in matching.include:
        labels.pop(name, None)
        if name in right:
            labels[name] = right[name]
    return labels
