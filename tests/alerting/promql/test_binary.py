"""Cases of prometheus promql/promqltest/testdata/operators.test and collision.test."""

import math

import pytest

from streamgauge.alerting.promql.error import EvaluationError
from streamgauge.alerting.promql.store import Store

from .series import ask, load

HELD = load(
    Store(),
    {
        'cpu{node="a",mode="idle"}': "3",
        'cpu{node="a",mode="user"}': "1",
        'cpu{node="b",mode="idle"}': "8",
        'role{node="a",role="web"}': "1",
        'role{node="c",role="db"}': "1",
        'limit{node="a"}': "2",
        'limit{node="b"}': "9",
        "zero": "0",
        "odd": "NaN",
    },
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 / 0", math.inf),
        ("-1 / 0", -math.inf),
        ("1 / -0", -math.inf),
        ("0 / 0", math.nan),
        ("1 % 0", math.nan),
        ("-5 % 3", -2.0),
        ("5 % -3", 2.0),
        ("5.5 % 2", 1.5),
        ("Inf % 2", math.nan),
        ("2 % Inf", 2.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 ^ 2", -4.0),
        ("(-2) ^ 0.5", math.nan),
        ("10 ^ 400", math.inf),
        ("0 ^ -1", math.inf),
        ("1 + 2 * 3 - 4", 3.0),
        ("Inf - Inf", math.nan),
        ("1 atan2 1", math.pi / 4),
        ("1 > bool 0", 1.0),
        ("NaN == bool NaN", 0.0),
        ("NaN != bool NaN", 1.0),
        ("-(1 + 1)", -2.0),
    ],
)
def test_numbers(expression: str, expected: float) -> None:
    assert ask(expression, HELD, 0) == pytest.approx({"{}": expected}, nan_ok=True)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("zero == 0", {"zero{}": 0.0}),
        ("0 == zero", {"zero{}": 0.0}),
        ("limit > 2", {'limit{node="b"}': 9.0}),
        ("2 < limit", {'limit{node="b"}': 9.0}),
        ("limit > bool 2", {'{node="a"}': 0.0, '{node="b"}': 1.0}),
        ("10 - limit", {'{node="a"}': 8.0, '{node="b"}': 1.0}),
        ("-limit", {'{node="a"}': -2.0, '{node="b"}': -9.0}),
        ("zero / 0 > 1", {}),
        ("odd != 1", {"odd{}": math.nan}),
        ("odd == odd", {}),
        # Vectors: the labels are the left ones, the name stays where values are only chosen.
        ("limit + limit", {'{node="a"}': 4.0, '{node="b"}': 18.0}),
        ("limit >= limit", {'limit{node="a"}': 2.0, 'limit{node="b"}': 9.0}),
        ("limit == bool limit", {'{node="a"}': 1.0, '{node="b"}': 1.0}),
        ('cpu{mode="idle"} > on(node) limit', {'{node="a"}': 3.0}),
        (
            'cpu{mode="idle"} / ignoring(mode) limit',
            {'{node="a"}': 1.5, '{node="b"}': 8 / 9},
        ),
        ('cpu{mode="user"} < ignoring(mode) limit', {'cpu{node="a"}': 1.0}),
        (
            "cpu > on(node) group_left limit",
            {'cpu{mode="idle", node="a"}': 3.0},
        ),
        (
            "cpu * on(node) group_left(role) role",
            {
                '{mode="idle", node="a", role="web"}': 3.0,
                '{mode="user", node="a", role="web"}': 1.0,
            },
        ),
        (
            "limit - on(node) group_right cpu",
            {'{mode="idle", node="a"}': -1.0, '{mode="user", node="a"}': 1.0}
            | {'{mode="idle", node="b"}': 1.0},
        ),
        (
            "limit > on(node) group_right cpu",
            {'cpu{mode="user", node="a"}': 2.0} | {'cpu{mode="idle", node="b"}': 9.0},
        ),
        ("limit + none", {}),
        # Sets.
        ("limit and on(node) role", {'limit{node="a"}': 2.0}),
        ("limit unless on(node) role", {'limit{node="b"}': 9.0}),
        ("limit and on() vector(1)", {'limit{node="a"}': 2.0, 'limit{node="b"}': 9.0}),
        ("limit and vector(1)", {}),
        (
            "limit or on(node) role",
            {'limit{node="a"}': 2.0, 'limit{node="b"}': 9.0, 'role{node="c", role="db"}': 1.0},
        ),
        ("none or zero", {"zero{}": 0.0}),
        ("zero unless none", {"zero{}": 0.0}),
        ("limit > 5 or limit < 5", {'limit{node="a"}': 2.0, 'limit{node="b"}': 9.0}),
    ],
)
def test_vectors(expression: str, expected: dict[str, float]) -> None:
    assert ask(expression, HELD, 0) == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("limit + on(node) cpu", "found duplicate series for the match group"),
        ("limit + on(node) cpu", "right hand-side"),
        ("cpu * on(node) group_right role", "left hand-side"),
        ("cpu + on(node) limit", "many-to-one matching must be explicit"),
        # operators.test: an error even when the comparison drops all but one.
        ("cpu > on(node) limit", "many-to-one matching must be explicit"),
        (
            '{__name__=~"limit|role",node="a"} * on(node) group_left(role) role',
            "grouping labels must ensure unique matches",
        ),
        ('-{__name__=~"zero|odd"}', "same labelset"),
        ('abs({__name__=~"zero|odd"})', "same labelset"),
        ('rate({__name__=~"zero|odd"}[5m])', None),
        ('max_over_time({__name__=~"zero|odd"}[5m])', "same labelset"),
    ],
)
def test_what_has_no_single_result_is_an_error(expression: str, message: str | None) -> None:
    if message is None:
        assert ask(expression, HELD, 0) == {}  # too few samples for either
        return
    with pytest.raises(EvaluationError, match=message):
        ask(expression, HELD, 0)
