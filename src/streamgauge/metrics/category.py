"""Shares of named things: predicted classes, reasons of fallback. Capped, with exact overflow."""

from collections import Counter
from collections.abc import Iterable, Mapping

LIMIT = 200
OTHER = "__other__"
Counts = dict[str, int]


def tally(names: Iterable[str | None]) -> Counts:
    """How often each name occurs; None is nothing."""
    counts: Counts = dict(Counter(names))  # type: ignore[arg-type]  # None is taken out next
    counts.pop(None, None)  # type: ignore[call-overload]  # see above
    return counts


def merge(left: Mapping[str, int], right: Mapping[str, int], limit: int = LIMIT) -> Counts:
    """The sum of both, capped: a stranger who makes names up cannot make a window grow.

    To cap at every merge is as exact as to cap once at the end: a name that is displaced has 200
    smaller ones before it, these are in every later sum too, so it can never return; and a name
    that stays at the end was among the smallest all along, so nothing of it went to the rest.

    >>> merge({"a": 1}, {"a": 2, "b": 1})
    {'a': 3, 'b': 1}
    """
    merged = dict(left)
    for name, count in right.items():
        merged[name] = merged.get(name, 0) + count
    return cap(merged, limit)


def cap(counts: Mapping[str, int], limit: int = LIMIT) -> Counts:
    """The names that sort first, and the exact rest under one name.

    Which names are kept depends on the names alone, so any order of arrival gives the same answer.
    """
    if len(counts) <= limit:
        return dict(counts)
    kept = sorted(name for name in counts if name != OTHER)[:limit]
    capped = {name: counts[name] for name in kept}
    capped[OTHER] = sum(counts.values()) - sum(capped.values())
    return capped


def shares(metric: str, label: str, counts: Mapping[str, int], total: int) -> dict[str, float]:
    """`metric{label="name"}` of every name as a share of `total`.

    >>> shares("prediction_class_ratio", "class", {"spam": 1}, 4)
    {'prediction_class_ratio{class="spam"}': 0.25}
    """
    return {
        f'{metric}{{{label}="{escape(name)}"}}': count / total
        for name, count in sorted(cap(counts).items())
    }


def escape(value: str) -> str:
    """A label value as Prometheus prints it."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
