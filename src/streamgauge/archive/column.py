"""Columns from contracts: a field that is added to an event is a column of the archive."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

TEXTS = "MAP(VARCHAR, VARCHAR)"
NUMBERS = "MAP(VARCHAR, DOUBLE)"
# Of a field that may hold either, numbers stand in the column of its name and texts in this one.
TEXT_SUFFIX = "_text"
_TIME = "ts"
_PLAIN: dict[type[Any], str] = {
    inspect.StrType: "VARCHAR",
    inspect.LiteralType: "VARCHAR",
    inspect.FloatType: "DOUBLE",
    inspect.IntType: "BIGINT",
    inspect.BoolType: "BOOLEAN",
}


def columns_of(event: type[msgspec.Struct]) -> dict[str, str]:
    """The columns of an event and DuckDB's types for them.

    >>> from streamgauge.contracts.outcome import Outcome
    >>> found = columns_of(Outcome)
    >>> found["ts"], found["truth"], found["truth_text"], found["revision"]
    ('TIMESTAMP', 'DOUBLE', 'VARCHAR', 'BIGINT')
    """
    return dict(_every_column(event))


def defaults_of(event: type[msgspec.Struct]) -> dict[str, str]:
    """What an absent field means, as SQL, for columns where that is not NULL.

    >>> from streamgauge.contracts.outcome import Outcome
    >>> defaults_of(Outcome)
    {'revision': '0'}
    """
    found = {}
    columns = columns_of(event)
    for field in msgspec.structs.fields(event):
        default = field.default
        if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
            default = field.default_factory()
        if isinstance(default, str):
            found[field.name] = "'" + default.replace("'", "''") + "'"
        elif isinstance(default, bool | int | float):
            found[field.name] = str(default).lower()
        elif default == {}:
            found[field.name] = f"MAP {{}}::{columns[field.name]}"
    return found


def _every_column(event: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    told = inspect.type_info(event)
    for field in told.fields if isinstance(told, inspect.StructType) else ():
        kinds = _alternatives(field.type)
        if field.name == _TIME:
            yield field.name, "TIMESTAMP"
        elif kinds == {inspect.FloatType, inspect.StrType}:
            yield from ((field.name, "DOUBLE"), (field.name + TEXT_SUFFIX, "VARCHAR"))
        elif kinds == {inspect.DictType}:
            yield from _maps(field.name, field.type)
        elif kinds == {inspect.ListType}:
            yield field.name, "DOUBLE[]"
        else:
            (kind,) = kinds
            yield field.name, _PLAIN[kind]


def _maps(name: str, of: Any) -> Iterator[tuple[str, str]]:
    (held,) = (one for one in _flat(of) if isinstance(one, inspect.DictType))
    values = _alternatives(held.value_type)
    if inspect.FloatType in values:
        yield name, NUMBERS
        if inspect.StrType in values:
            yield name + TEXT_SUFFIX, TEXTS
    else:
        yield name, TEXTS


def _alternatives(of: Any) -> set[type[Any]]:
    return {type(one) for one in _flat(of)} - {inspect.NoneType}


def _flat(of: Any) -> Iterator[Any]:
    if isinstance(of, inspect.Metadata):
        yield from _flat(of.type)
    elif isinstance(of, inspect.UnionType):
        for one in of.types:
            yield from _flat(one)
    else:
        yield of
