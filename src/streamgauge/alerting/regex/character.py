"""Sets of characters: ranges, Perl's and POSIX' classes, Unicode's categories."""

import re
import unicodedata
from collections.abc import Iterable

from streamgauge.alerting.regex.tree import Test

Range = tuple[str, str]
DIGIT: tuple[Range, ...] = (("0", "9"),)
SPACE: tuple[Range, ...] = (("\t", "\n"), ("\f", "\r"), (" ", " "))
WORD: tuple[Range, ...] = (("0", "9"), ("A", "Z"), ("_", "_"), ("a", "z"))
PERL = {"d": DIGIT, "s": SPACE, "w": WORD}
POSIX: dict[str, tuple[Range, ...]] = {
    "alnum": (("0", "9"), ("A", "Z"), ("a", "z")),
    "alpha": (("A", "Z"), ("a", "z")),
    "ascii": (("\x00", "\x7f"),),
    "blank": (("\t", "\t"), (" ", " ")),
    "cntrl": (("\x00", "\x1f"), ("\x7f", "\x7f")),
    "digit": DIGIT,
    "graph": (("!", "~"),),
    "lower": (("a", "z"),),
    "print": ((" ", "~"),),
    "punct": (("!", "/"), (":", "@"), ("[", "`"), ("{", "~")),
    "space": (("\t", "\r"), (" ", " ")),
    "upper": (("A", "Z"),),
    "word": WORD,
    "xdigit": (("0", "9"), ("A", "F"), ("a", "f")),
}
_CATEGORY = re.compile("C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")


def anything(_char: str) -> bool:
    """Every character."""
    return True


def not_newline(char: str) -> bool:
    """Every character but a line's end."""
    return char != "\n"


def among(ranges: Iterable[Range], *, fold: bool = False) -> Test:
    """Characters in any of the ranges; with `fold`, whatever their case."""
    held = tuple(ranges)

    def test(char: str) -> bool:
        return any(low <= char <= high for low, high in held)

    if not fold:
        return test
    return lambda char: any(map(test, _cases(char)))


def either(tests: Iterable[Test]) -> Test:
    """Characters for which one of the tests holds."""
    held = tuple(tests)
    return lambda char: any(test(char) for test in held)


def neither(test: Test) -> Test:
    """All other characters."""
    return lambda char: not test(char)


def category(name: str) -> Test:
    """Characters of a general category of Unicode; ValueError for anything else."""
    if name == "Any":
        return anything
    if not _CATEGORY.fullmatch(name):
        raise ValueError(f"\\p{{{name}}} is not supported: expected a category such as L or Nd")
    return lambda char: unicodedata.category(char).startswith(name)


def _cases(char: str) -> set[str]:
    # Through both cases: the Kelvin sign is a small k, and so a large K.
    near = {char, char.lower(), char.upper()}
    return {case for one in near for case in (one, one.lower(), one.upper()) if len(case) == 1}
