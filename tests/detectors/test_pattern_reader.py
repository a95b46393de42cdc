import pytest

from streamgauge.detectors.pattern_reader import (
    MANY,
    Choice,
    PatternError,
    Repeat,
    Sequence,
    read,
)


@pytest.mark.parametrize(
    ("pattern", "column"),
    [
        ("(a", 3),
        ("a)", 2),
        ("[ab", 4),
        ("*a", 1),
        ("a**", 3),
        ("a{2", 4),
        ("a{3,2}", 7),
        ("a{5000}", 7),
        ("a\\", 3),
        (r"(a)\1", 5),
        ("(?=a)b", 3),
        ("(?P<n>a)", 3),
        (r"\bword", 2),
        ("[b-a]", 5),
        ("a$b", 2),
    ],
)
def test_what_cannot_be_read_names_the_column(pattern: str, column: int) -> None:
    with pytest.raises(PatternError, match=f"column {column}: "):
        read(pattern)


def test_a_tree_has_sequences_choices_and_repeats() -> None:
    tree = read("a|(b{2,}c?)")
    assert isinstance(tree, Choice)
    first, second = tree.parts
    assert isinstance(first, Sequence)
    assert isinstance(second, Sequence)
    assert callable(first.parts[0])
    (group,) = second.parts
    assert isinstance(group, Sequence)
    repeats = [one for one in group.parts if isinstance(one, Repeat)]
    assert [(one.least, one.most) for one in repeats] == [(2, MANY), (0, 1)]


def test_groups_are_not_nested_without_end() -> None:
    with pytest.raises(PatternError, match="too deep"):
        read("(" * 60 + ")" * 60)
