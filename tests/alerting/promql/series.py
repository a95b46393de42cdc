"""Series and expressions of tests, in the notation of Prometheus' own test files."""

import re
from collections.abc import Mapping

from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store
from streamgauge.alerting.promql.vector import Sample, show

MINUTE = 60_000
_REPEATED = re.compile(r"(-?[\d.]+(?:e\d+)?)(?:([+-])(-?[\d.]+(?:e\d+)?))?x(\d+)")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def store(step: int = MINUTE, first: int = 0, **series: str) -> Store:
    """A store from `load` lines: names are metrics with labels, values the notation."""
    filled = Store()
    load(filled, series, step, first)
    return filled


def load(filled: Store, series: Mapping[str, str], step: int = MINUTE, first: int = 0) -> Store:
    """Append series such as {'up{job="a"}': "0+1x5 _ stale"}, a value each step from `first` on."""
    for text, values in series.items():
        labels = labels_of(text)
        for place, value in enumerate(_expand(values)):
            if value == "stale":
                filled.mark_stale(labels, first + place * step)
            elif value != "_":
                filled.append(labels, first + place * step, float(value))
    return filled


def labels_of(text: str) -> dict[str, str]:
    """The labels of `up{job="a"}`, its name among them."""
    name, _, rest = text.partition("{")
    return ({"__name__": name} if name else {}) | dict(_LABEL.findall(rest))


def ask(expression: str, source: Store, at: int) -> dict[str, float]:
    """What the expression gives: labels as Prometheus writes them → value."""
    return {show(it.labels): it.value for it in samples(expression, source, at)}


def samples(expression: str, source: Store, at: int) -> list[Sample]:
    """What the expression gives, in its order."""
    return evaluate(parse(expression), source, at)


def _expand(values: str) -> list[str]:
    """`1+2x3` is 1 3 5 7; `5x2` is 5 5 5; `_x3` three gaps."""
    expanded: list[str] = []
    for word in values.split():
        if word.startswith("_x"):
            expanded += ["_"] * int(word[2:])
        elif found := _REPEATED.fullmatch(word):
            start, step = float(found[1]), float(found[3] or 0) * (-1 if found[2] == "-" else 1)
            expanded += [repr(start + step * place) for place in range(int(found[4]) + 1)]
        else:
            expanded.append(word)
    return expanded
