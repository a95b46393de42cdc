import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.models.question import RefusalError, parse

MANY = b'{"rows": [{"features": {}}, %s]}'


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b"[1]", "body"),
        (b'{"features": NaN}', "body"),
        (b"{}", "features"),
        (b'{"features": []}', "features"),
        (b'{"features": {}, "user": 5}', "user"),
        (b'{"features": {}, "user": ""}', "user"),
        (b'{"features": {}, "colour": 1}', "colour"),
        (b'{"features": {}, "dimensions": {"a": 1}}', "dimensions[...]"),
        (b'{"rows": []}', "rows"),
        (b'{"rows": 5}', "rows"),
        (b'{"rows": [{"features": {}}], "user": "u"}', "user"),
        (MANY % b"5", "rows[1]"),
        (MANY % b"{}", "rows[1].features"),
        (MANY % b'{"features": {}, "session": 5}', "rows[1].session"),
        (MANY % b'{"features": {}, "colour": 5}', "rows[1].colour"),
        (MANY % b",".join([b'{"features": {}}'] * 9), "rows"),
    ],
)
def test_what_is_wrong_is_named_by_its_place(body: bytes, field: str) -> None:
    with pytest.raises(RefusalError) as caught:
        parse(body, max_rows=9)

    assert caught.value.status == 422
    assert caught.value.field == field


@given(st.binary(max_size=200))
def test_any_bytes_are_a_question_or_are_refused(body: bytes) -> None:
    refusal: RefusalError | None = None
    try:
        parse(body, max_rows=9)
    except RefusalError as error:
        refusal = error

    assert refusal is None or (refusal.status == 422 and refusal.field)


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(RefusalError, match="not JSON"):
        parse(b"[" * 200_000, max_rows=9)


def test_rows_carry_whose_they_are() -> None:
    row = b'{"features": {"a": 1}, "user": "u", "session": "s", "dimensions": {"d": "e"}}'

    question = parse(b'{"rows": [' + row + b"]}", max_rows=9)

    assert question.many
    (found,) = question.rows
    assert (found.features, found.user, found.session) == ({"a": 1}, "u", "s")
    assert found.dimensions == {"d": "e"}
