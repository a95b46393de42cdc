import math

import pytest
from tests.alerting.promql.series import ask, load

from streamgauge.alerting.promql.store import Store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ('scalar(m{a="1"})', 5.0),
        ("scalar(m)", math.nan),
        ("scalar(none)", math.nan),
        ('1 + scalar(m{a="1"}) * 2', 11.0),
        ("vector(3)", 3.0),
    ],
)
def test_one_element_is_a_number_and_no_other(expression: str, expected: float) -> None:
    held = load(Store(), {'m{a="1"}': "5", 'm{a="2"}': "6"})
    assert ask(expression, held, 0) == pytest.approx({"{}": expected}, nan_ok=True)
