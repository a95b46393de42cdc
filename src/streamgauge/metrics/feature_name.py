"""How the rows of a profile are called: after a feature, and after the grid it is counted on.

Counts on two grids never add up, so a feature has a row for each grid that it was counted on.
"""

from streamgauge.metrics.cap import OTHER

# No printable text holds it, and events with anything else are refused.
_BETWEEN = "\x1f"
_DIGITS = 16
# Features that have no place of their own, counted on grids of which nobody knows the cells.
OTHER_FROZEN = OTHER + _BETWEEN


def row_name(feature: str, grid: str) -> str:
    """The row of a feature on a frozen grid, by the hash of that.

    >>> split(row_name("age", "0123456789abcdef0123"))
    ('age', '0123456789abcdef')
    """
    return feature + _BETWEEN + digits(grid)


def digits(grid: str) -> str:
    """As much of the hash of a grid as the rows of its features carry."""
    return grid[:_DIGITS]


def split(row: str) -> tuple[str, str]:
    """The feature that a row is of, and the first digits of the hash of its grid.

    >>> split("age")
    ('age', '')
    """
    feature, _, grid = row.partition(_BETWEEN)
    return feature, grid


def is_frozen(row: str) -> bool:
    """Whether a row is counted on a frozen grid."""
    return _BETWEEN in row
