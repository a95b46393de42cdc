"""Series as promtool's test files write them: `up{job="a"}` with `0+10x4 _ stale`. Pure."""

import re
from collections.abc import Iterator

from streamgauge.alerting.promql.error import OutsideSubsetError
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.tree import Selector
from streamgauge.alerting.promql.vector import NAME
from streamgauge.contracts.event import Labels

# As in promql/parser of Prometheus: hexadecimal would be ambiguous here.
_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|nan)"
_ITEM = re.compile(
    rf"(?:(?P<gap>_)|(?P<stale>stale)|(?P<first>[+-]?(?:{_NUMBER})))"
    rf"(?P<step>[+-](?:{_NUMBER}))?(?:x(?P<times>\d+))?"
)
# A file of a few lines must not fill the memory.
_MOST = 1_000_000

# A value, None for a stale marker, or nothing where no sample is.
Slot = tuple[float | None] | None


def read_values(text: str) -> list[Slot]:
    """One slot for each interval; ValueError names what cannot be read.

    `a+bxn` is a, a+b, … (n + 1 values), `axn` is a n + 1 times, `_xn` are n gaps.

    >>> read_values("1+2x2 _ stale 5x1")
    [(1.0,), (3.0,), (5.0,), None, (None,), (5.0,), (5.0,)]
    """
    slots: list[Slot] = []
    for word in text.split():
        item = _ITEM.fullmatch(word)
        if not item or (item["step"] and (not item["first"] or not item["times"])):
            raise ValueError(
                f"{word!r} is no value; expected for example 1, 1+2x3, 1-2x3, 1x3, _, _x3 or stale"
            )
        if len(slots) + int(item["times"] or 0) >= _MOST:
            raise ValueError(f"{word!r}: more than {_MOST} values")
        slots += _expand(item)
    return slots


def _expand(item: re.Match[str]) -> Iterator[Slot]:
    times = int(item["times"] or 0)
    if item["gap"]:
        yield from [None] * (times if item["times"] else 1)
        return
    value = None if item["stale"] else float(item["first"])
    for _ in range(times + 1):
        yield (value,)
        # Added up step by step, as promtool does: 0.1x3 is not 3 * 0.1.
        if item["step"] and value is not None:
            value += float(item["step"])


def read_labels(text: str) -> Labels:
    """A series' labels with its name, empty ones left out; ValueError says what is wrong.

    >>> read_labels('up{job="a"}'), read_labels("{}"), read_labels('{__name__="up"}')
    ({'__name__': 'up', 'job': 'a'}, {}, {'__name__': 'up'})
    """
    text = text.strip()
    nameless = (text.startswith("{") and NAME not in text) or not text
    try:
        tree = parse(f"x{text}" if nameless else text).tree
    except OutsideSubsetError as error:
        raise ValueError(f"{text!r} is no series: {error}") from None
    if (
        not isinstance(tree, Selector)
        or tree.range
        or tree.offset
        or any(matcher.op != "=" for matcher in tree.matchers)
    ):
        raise ValueError(f'{text!r} is no series; expected for example up{{job="a"}}')
    labels = {} if nameless or not tree.name else {NAME: tree.name}
    names = [matcher.label for matcher in tree.matchers]
    if len(set(names)) < len(names):
        raise ValueError(f"{text!r} is no series: a label stands in it twice")
    for matcher in tree.matchers:
        if matcher.value:
            labels[matcher.label] = matcher.value
    return labels
