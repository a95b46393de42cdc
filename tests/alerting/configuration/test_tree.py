from pathlib import Path

import pytest

from streamgauge.alerting.routing.route import Route
from streamgauge.settings import InputError

from .file_text import RECEIVERS, read

TREE = """\
route:
  receiver: a
  group_by: [alertname, model]
  routes:
    - match: {z: b}
      match_re: {c: 'd|e'}
      matchers: ['b!~q', 'b="x\\"y\\\\z"', 'd=1,e=2']
      receiver: b
      continue: true
      group_by: ['...']
      group_wait: 0s
      repeat_interval: 1d
      routes:
        - group_by: []
          group_interval: 1m
          active_time_intervals: [office]
    - mute_time_intervals: [office]
time_intervals: [{name: office, time_intervals: [{weekdays: ['monday:friday']}]}]
"""


@pytest.fixture
def route(tmp_path: Path) -> Route:
    return read(tmp_path, TREE + RECEIVERS).plan.route


def test_the_defaults_are_alertmanagers(route: Route) -> None:
    assert (route.group_wait, route.group_interval) == (30_000, 300_000)
    assert route.repeat_interval == 14_400_000
    assert route.group_by == ("alertname", "model")


def test_a_child_inherits_what_it_does_not_say_but_no_intervals(route: Route) -> None:
    first, second = route.routes
    below = first.routes[0]
    assert (first.group_by, first.group_wait, first.group_interval) == (None, 0, 300_000)
    assert (below.receiver, below.group_by, below.group_wait) == ("b", None, 0)
    assert (below.group_interval, below.repeat_interval) == (60_000, 86_400_000)
    assert (below.active, below.mute, below.on) == (("office",), (), False)
    assert (second.receiver, second.group_by) == ("a", ("alertname", "model"))
    assert (second.mute, second.active, first.active) == (("office",), (), ())


def test_keys_are_those_that_alertmanager_prints(route: Route) -> None:
    # Printed by `amtool config routes show` 0.25 for the same file.
    own = r'{b!~"q",b="x\"y\\z",c=~"^(?:d|e)$",d="1",e="2",z="b"}'
    assert [route.key, *(child.key for child in route.routes)] == ["{}", "{}/" + own, "{}/{}"]
    assert route.routes[0].routes[0].key == "{}/" + own + "/{}"


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ("route:\n  group_wait: 1s\n", 1, "the first route needs a receiver"),
        ("route:\n  receiver: a\n  matchers: [a=b]\n", 3, "no matchers"),
        ("route:\n  receiver: a\n  match: {a: b}\n", 3, "no match"),
        ("route:\n  receiver: a\n  continue: true\n", 3, "no continue"),
        ("route:\n  receiver: a\n  mute_time_intervals: [x]\n", 3, "no mute_time_intervals"),
        ("route:\n  receiver: a\n  active_time_intervals: [x]\n", 3, "no active_time"),
        ("route:\n  receiver: c\n", 2, "expected one of a, b"),
        ("route:\n  receiver: a\n  group_by: [x, x]\n", 3, "x stands there twice"),
        ("route:\n  receiver: a\n  group_by: ['...', x]\n", 3, "no others"),
        ("route:\n  receiver: a\n  group_by:\n  - 1x\n", 4, "a label's name"),
        ("route:\n  receiver: a\n  group_wait: 1\n", 3, "group_wait: '1' is no duration"),
        ("route:\n  receiver: a\n  group_interval: 0s\n", 3, "group_interval: expected more"),
        ("route:\n  receiver: a\n  repeat_interval: 0\n", 3, "repeat_interval: expected more"),
        ("route:\n  receiver: a\n  routes:\n  - receiver: c\n", 4, "'c': expected one of"),
        ("route:\n  receiver: a\n  routes:\n  - match_re: {a: '(?=b)'}\n", 4, "lookaround"),
        ("route:\n  receiver: a\n  routes:\n  - match: {a-b: c}\n", 4, "a label's name"),
        ("route:\n  receiver: a\n  routes:\n  - matchers:\n    - a\n", 5, "is no matcher"),
        (
            "route:\n  receiver: a\n  routes:\n  - mute_time_intervals: [x]\n",
            4,
            "name of a time interval",
        ),
    ],
)
def test_a_wrong_tree_is_named_by_line(tmp_path: Path, text: str, line: int, named: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text + RECEIVERS)
    assert f"alertmanager.yml:{line}: " in str(caught.value)
    assert named in str(caught.value)
