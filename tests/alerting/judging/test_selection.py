import pytest

from streamgauge.alerting.judging.selection import Selection, asked_of
from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Store

NONE: list[str] = []


@pytest.mark.parametrize(
    ("text", "base", "more", "is_meant"),
    [
        ("sum(a)", True, NONE, True),
        ("sum(a)", True, ["region"], False),
        ("sum(a)", False, NONE, False),
        ('sum(a{window="1m"})', False, NONE, True),
        ('sum(a{region="eu"})', True, ["region"], True),
        ("sum by (region) (a)", True, ["region"], True),
        ("sum by (region) (a)", True, ["region", "segment"], False),
        ("sum by (region) (rate(a[5m])) > 1", True, ["region"], True),
        ("sum without (model) (a)", True, ["region"], False),
        ("a / on (region) b", True, ["region"], True),
        ("a * on (model) group_left (region) b", True, ["region"], True),
        ("c", True, NONE, False),
    ],
)
def test_parts_are_meant_where_their_labels_are_named(
    text: str, base: bool, more: list[str], is_meant: bool
) -> None:
    labels = {"__name__": "a", "model": "m", "window": "1m", **dict.fromkeys(more, "eu")}
    asked = asked_of(["model", *more], base=base)
    assert Selection(parse(text), Store()).means(labels, asked) is is_meant


def test_a_total_does_not_count_its_parts_twice() -> None:
    store, total = Store(), parse("sum(a)")
    parts = parse("sum by (region) (a{region!=''})")
    sources = [Selection(total, store), Selection(parts, store)]
    for region, value in (("", 3.0), ("eu", 1.0), ("us", 2.0)):
        labels = {"__name__": "a", "model": "m", "region": region}
        for source in sources:
            source.note(labels, asked_of(["model", *(["region"] if region else [])], base=True))
        store.append(labels, 0, value)
    assert [it.value for it in evaluate(total, sources[0], 0)] == [3.0]
    assert [it.value for it in evaluate(parts, sources[1], 0)] == [1.0, 2.0]
