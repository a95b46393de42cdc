import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.models.feature import Feature, FieldError, check, learn, matrix

FEATURES = [
    Feature(name="size", kind="number"),
    Feature(name="who", kind="category", categories=["a", "b"]),
]
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


@given(size=anything, who=anything)
def test_a_row_either_fits_a_finite_matrix_or_its_field_is_named(size: Any, who: Any) -> None:
    row: dict[str, Any] = {}
    wrong = ""
    try:
        row = check({"size": size, "who": who}, FEATURES)
    except FieldError as error:
        wrong = error.field

    assert wrong in {"", "size", "who"}
    if not wrong:
        assert isinstance(size, int | float)
        assert not isinstance(size, bool)
        assert np.isfinite(matrix([row], FEATURES)).all()


@pytest.mark.parametrize(
    ("given_row", "field", "text"),
    [
        ({"size": 1}, "who", "missing"),
        ({"who": "a"}, "size", "missing"),
        ({"size": 1, "who": "c"}, "who", "expected one of a, b"),
        ({"size": math.nan, "who": "a"}, "size", "finite"),
        ({"size": math.inf, "who": "a"}, "size", "finite"),
        ({"size": 10**400, "who": "a"}, "size", "finite"),
        ({"size": 1e39, "who": "a"}, "size", "finite"),
        ({"size": 1, "who": "a", "z": 1, "more": 2}, "more", "expected size, who"),
    ],
)
def test_the_wrong_field_is_named(given_row: dict[str, Any], field: str, text: str) -> None:
    with pytest.raises(FieldError, match=text) as caught:
        check(given_row, FEATURES)

    assert caught.value.field == field


def test_learning_keeps_ranges_quantiles_and_categories() -> None:
    rows = [{"size": float(n), "who": "ba"[n % 2]} for n in range(101)]

    size, who = learn(rows, ["size"], ["who"])

    assert (size.minimum, size.maximum) == (0.0, 100.0)
    assert size.quantiles == [1, 5, 25, 50, 75, 95, 99]
    assert who.categories == ["a", "b"]
