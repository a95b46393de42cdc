"""Matchers of an entry, in the three ways that Alertmanager knows."""

import re
from collections.abc import Mapping, Sequence

from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.matcher import Matcher, pattern, read_matchers

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def read_all(
    document: MarkedYaml,
    place: Sequence[Step],
    *,
    equal: Mapping[str, str],
    regex: Mapping[str, str],
    texts: Sequence[str],
    prefix: str = "",
) -> tuple[Matcher, ...]:
    """The matchers of `match`, `match_re` and `matchers`, ordered as Alertmanager prints them.

    `prefix` stands before the names of the keys, as in `source_match`.
    """
    found: list[Matcher] = []
    for name, value in equal.items():
        check_name(document, (*place, f"{prefix}match", name), name)
        found.append(Matcher(name, "=", value))
    for name, value in regex.items():
        at = (*place, f"{prefix}match_re", name)
        check_name(document, at, name)
        # Alertmanager keeps these with their anchors, and prints them in keys of groups.
        anchored = f"^(?:{value})$"
        try:
            pattern(value)
            found.append(Matcher(name, "=~", anchored))
        except ValueError as error:
            raise document.error(at, str(error)) from None
    found += read_list(document, (*place, f"{prefix}matchers"), texts)
    return tuple(sorted(found, key=_order))


def read_list(document: MarkedYaml, place: Sequence[Step], texts: Sequence[str]) -> list[Matcher]:
    """The matchers of a list of texts, each of which may have several."""
    found: list[Matcher] = []
    for number, text in enumerate(texts):
        try:
            found += read_matchers(text)
        except ValueError as error:
            raise document.error((*place, number), str(error)) from None
    return found


def check_name(document: MarkedYaml, place: Sequence[Step], name: str) -> None:
    """InputError if it is no label's name."""
    if not _NAME.fullmatch(name):
        raise document.error(place, f"{name!r}: expected a label's name")


def _order(matcher: Matcher) -> tuple[str, str, int]:
    return matcher.label, matcher.value, ("=", "!=", "=~", "!~").index(matcher.op)
