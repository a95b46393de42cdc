"""What of PromQL is supported: everything else is named, with its column, before it is read."""

from streamgauge.alerting.matcher import pattern
from streamgauge.alerting.promql.aggregation import AGGREGATIONS
from streamgauge.alerting.promql.error import OutsideSubsetError
from streamgauge.alerting.promql.functions import FUNCTIONS
from streamgauge.alerting.promql.lexer import Word, inside, value, words

_KEYWORDS = frozenset(
    (
        *("and", "or", "unless", "atan2", "bool", "offset", "by", "without"),
        *("on", "ignoring", "group_left", "group_right"),
    )
)
_OUTSIDE_AGGREGATIONS = frozenset(("count_values", "limitk", "limit_ratio"))
# The parser leaves its stack somewhere beyond.
_LONGEST = 2_000
_MODIFIERS = frozenset(("smoothed", "anchored", "fill", "fill_left", "fill_right"))


def outside(text: str, start: int, construct: str, supported: str) -> OutsideSubsetError:
    """The error for a construct at this place."""
    what = f"{construct} is outside the supported subset of PromQL; supported: {supported}"
    return OutsideSubsetError.at(text, start + 1, what)


def check(text: str) -> None:
    """OutsideSubsetError names the first construct that is PromQL but not supported.

    >>> check("rate(errors[5m:1m]) > 1")
    Traceback (most recent call last):
    streamgauge.alerting.promql.error.OutsideSubsetError: 'rate(errors[5m:1m]) > 1', column 12: ...
    """
    every = words(text)
    if len(every) > _LONGEST:
        raise OutsideSubsetError(f"{text[:50]!r}...: expected at most {_LONGEST} words")
    in_braces, in_brackets = inside(every, "{", "}"), inside(every, "[", "]")
    for place, word in enumerate(every):
        before = every[place - 1].text if place else ""
        after = every[place + 1].text if place + 1 < len(every) else ""
        if in_braces[place]:
            _check_matcher(text, word, before)
        elif word.text == "@" and word.kind == "sign":
            raise outside(text, word.start, "the modifier @", "offset")
        elif in_brackets[place]:
            if ":" in word.text and word.kind != "string":
                opening = max(it.start for it in every[:place] if it.text == "[")
                raise outside(text, opening, "a subquery", "ranges of a metric such as m[5m]")
        elif word.kind == "name":
            _check_name(text, word, after)


def _check_matcher(text: str, word: Word, before: str) -> None:
    if word.kind == "name" and word.text == "or":
        raise outside(text, word.start, "or between label matchers", "matchers joined by commas")
    if word.kind == "string" and before in ("=~", "!~"):
        try:
            pattern(value(word.text))
        except ValueError as error:
            what = f"no regular expression: {error}"
            raise OutsideSubsetError.at(text, word.start + 1, what) from None


def _check_name(text: str, word: Word, after: str) -> None:
    if word.text.lower() in _KEYWORDS or word.text in FUNCTIONS:
        return
    if word.text.lower() in _MODIFIERS and after != "{" and word.start:
        raise outside(text, word.start, f"the modifier {word.text}", "offset")
    if word.text.lower() in AGGREGATIONS or after not in ("(", "by", "without"):
        return
    if word.text.lower() in _OUTSIDE_AGGREGATIONS:
        what = f"the aggregation {word.text}"
        raise outside(text, word.start, what, ", ".join(sorted(AGGREGATIONS)))
    if after == "(":
        what = f"the function {word.text}"
        raise outside(text, word.start, what, ", ".join(sorted(FUNCTIONS)))
