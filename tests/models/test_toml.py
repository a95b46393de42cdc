import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streamgauge.models.toml import dump

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
leaf = st.one_of(text, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False))
value = st.recursive(
    leaf | st.lists(leaf, max_size=3),
    lambda below: (
        st.dictionaries(text, below, max_size=3)
        | st.lists(st.dictionaries(text, below, max_size=2), min_size=1, max_size=2)
    ),
    max_leaves=8,
)


@given(st.dictionaries(text, value, max_size=4))
def test_what_is_written_is_read_back(tree: dict[str, Any]) -> None:
    assert tomllib.loads(dump(tree)) == tree


def test_null_is_left_out() -> None:
    assert tomllib.loads(dump({"a": None, "b": 1})) == {"b": 1}
