"""What differs between the schemas of two versions, in words."""

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from streamgauge.contracts.reference import AnyField, Category, Number

# A bound that moved by less of the range is another draw of the same feature.
_MOVED = 0.1
_SHARE = 0.05
_NAMED = 5

Schema = Mapping[str, AnyField]


class SchemaChange(msgspec.Struct, frozen=True, kw_only=True, tag="schema_change"):
    """One feature that is new, gone, or not what it was; `text` says how."""

    feature: str
    kind: Literal["added", "removed", "changed"]
    text: str


def compare(old: Schema, new: Schema) -> list[SchemaChange]:
    """The features that changed from one schema to another: removed, added, then changed ones.

    >>> small = Number(cuts=[], low=0, high=1, least=0, most=1, mean=0.5, deviation=0.1)
    >>> [change.text for change in compare({"age": small}, {"size": small})]
    ['age was removed', 'size was added, a number from 0 to 1']
    """
    gone = [
        SchemaChange(feature=name, kind="removed", text=f"{name} was removed")
        for name in sorted(old.keys() - new.keys())
    ]
    fresh = [
        SchemaChange(feature=name, kind="added", text=f"{name} was added, {_describe(new[name])}")
        for name in sorted(new.keys() - old.keys())
    ]
    changed = []
    for name in sorted(old.keys() & new.keys()):
        if differences := list(_differences(old[name], new[name])):
            text = f"{name}: {'; '.join(differences)}"
            changed.append(SchemaChange(feature=name, kind="changed", text=text))
    return gone + fresh + changed


def _describe(field: AnyField) -> str:
    if isinstance(field, Number):
        kind = "a whole number" if field.whole else "a number"
        return f"{kind} from {field.least:g} to {field.most:g}"
    return f"one of {len(field.values)} names"


def _differences(old: AnyField, new: AnyField) -> Iterator[str]:
    if isinstance(old, Number) and isinstance(new, Number):
        yield from _numbers(old, new)
    elif isinstance(old, Category) and isinstance(new, Category):
        yield from _names(old, new)
    else:
        yield f"was {_describe(old)}, is {_describe(new)}"
    if abs(new.nulls - old.nulls) >= _SHARE or (not old.nulls) != (not new.nulls):
        yield f"null in {100 * old.nulls:.2g} % before, in {100 * new.nulls:.2g} % now"


def _numbers(old: Number, new: Number) -> Iterator[str]:
    if old.whole != new.whole:
        yield "whole numbers only" if new.whole else "no longer whole numbers only"
    # Halves, so that the range of huge numbers is no infinity.
    room = _MOVED * (old.most / 2 - old.least / 2)
    moved = max(abs(new.least / 2 - old.least / 2), abs(new.most / 2 - old.most / 2))
    if moved > room:
        yield f"from {new.least:g} to {new.most:g}, before from {old.least:g} to {old.most:g}"


def _names(old: Category, new: Category) -> Iterator[str]:
    if fresh := sorted(set(new.values) - set(old.values)):
        yield f"new {_listed(fresh)}"
    if gone := sorted(set(old.values) - set(new.values)):
        yield f"no longer {_listed(gone)}"
    if old.pattern != new.pattern:
        yield f"of the form {new.pattern}" if new.pattern else "of any form"


def _listed(names: list[str]) -> str:
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + rest
