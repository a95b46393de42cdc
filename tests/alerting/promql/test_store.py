import pytest

from streamgauge.alerting.promql.evaluate import evaluate
from streamgauge.alerting.promql.parse import parse
from streamgauge.alerting.promql.store import Source, Store

from .series import MINUTE, ask, load, store

UP = {"__name__": "up", "job": "a"}


def test_the_newest_of_two_values_of_one_time_counts() -> None:
    held = Store()
    held.append(UP, 0, 1.0)
    held.append(UP, 0, 2.0)
    assert ask("up", held, 0) == {'up{job="a"}': 2.0}
    assert ask("count_over_time(up[5m])", held, 0) == {'{job="a"}': 1.0}


def test_values_may_come_in_any_order() -> None:
    held = Store()
    for at in (3, 1, 2):
        held.append(UP, at * MINUTE, float(at))
    assert ask("up", held, 2 * MINUTE) == {'up{job="a"}': 2.0}
    assert ask("resets(up[5m])", held, 3 * MINUTE) == {'{job="a"}': 0.0}


def test_empty_labels_are_none() -> None:
    held = Store()
    held.append({**UP, "zone": ""}, 0, 1.0)
    held.append(UP, MINUTE, 2.0)
    assert len(held) == 1
    assert ask('up{zone=""}', held, MINUTE) == {'up{job="a"}': 2.0}


def test_what_is_forgotten_is_gone_with_its_series() -> None:
    held = load(store(), {'up{job="a"}': "1 2 stale", 'up{job="b"}': "1x9"})
    assert len(ask("up", held, MINUTE)) == 2
    held.forget(3 * MINUTE)
    assert len(held) == 1
    assert ask("count_over_time(up[1h])", held, 9 * MINUTE) == {'{job="b"}': 7.0}
    held.append(UP, 9 * MINUTE, 5.0)
    assert ask("up", held, 9 * MINUTE) == {'up{job="a"}': 5.0, 'up{job="b"}': 1.0}


def test_a_series_that_appears_later_is_selected_too() -> None:
    held = store(up="1")
    assert len(ask('{job=~".*",__name__="up"}', held, 0)) == 1
    held.append(UP, 0, 1.0)
    assert list(ask('{job=~".*",__name__="up"}', held, 0)) == ["up{}", 'up{job="a"}']


def test_one_series_is_seen_as_if_it_were_alone() -> None:
    held = load(store(), {'up{job="a"}': "1", 'up{job="b"}': "2", "down": "3"})
    alone = held.only(UP)
    assert values(alone, "up > 0") == [1.0]
    assert values(alone, 'up{job="b"} > 0') == []
    assert values(alone, "down") == []
    held.append(UP, MINUTE, 4.0)
    assert values(alone, "up", MINUTE) == [4.0]
    assert values(held.only({"__name__": "up", "job": "c"}), "up") == []


@pytest.mark.parametrize("at", [0, 5 * MINUTE])
def test_evaluation_on_one_series_and_on_all_agree(at: int) -> None:
    held = load(store(), {f'm{{job="{job}"}}': f"{job} _ stale {job}+1x5" for job in range(5)})
    for text in ("m > 2", "-m", "rate(m[3m])", "timestamp(m)", "hour(m)"):
        together = sorted(it.value for it in evaluate(parse(text), held, at))
        apart = [
            it.value
            for job in range(5)
            for it in evaluate(parse(text), held.only({"__name__": "m", "job": str(job)}), at)
        ]
        assert sorted(apart) == together


def values(source: Source, text: str, at: int = 0) -> list[float]:
    return [it.value for it in evaluate(parse(text), source, at)]
