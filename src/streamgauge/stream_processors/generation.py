"""Generations: counts of the same events by other rules, of which the newest is shown.

An operator names one; the number at the end of its name says which of two is the newer one.
"""

import re

from streamgauge.settings import InputError

_NAME = re.compile(r"(?=.{1,40}\Z)[a-z0-9-]*?([1-9][0-9]{0,8})", re.ASCII)


def ordinal(generation: str) -> int:
    """Where a generation stands among all: 0 for the one without a name. `InputError` for others.

    >>> ordinal("fix-12"), ordinal("20261121"), ordinal("")
    (12, 20261121, 0)
    """
    if not generation:
        return 0
    found = _NAME.fullmatch(generation)
    if found is None:
        raise InputError(
            f"generation {generation!r}: expected up to 40 of a-z, 0-9 and hyphens, with a number "
            "above 0 at the end: the higher one is the newer"
        )
    return int(found[1])
