"""Nothing is lost, doubled or overtaken by crashes at any point; seeded random histories."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pytest

from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route

from .crashing import World
from .stage import plan

AIMS = (Aim("team/slack", send_resolved=True), Aim("team/pagerduty", send_resolved=True))
PLANS = {
    "a group an alert": plan(
        group_by=None, group_wait=0, group_interval=0.5, repeat_interval=1e6, aims=AIMS
    ),
    "one group": plan(group_wait=1, group_interval=5, repeat_interval=1e6, aims=AIMS),
}


# Two ways of grouping, an integration that vanishes, and both routes away for a while.
OTHERS = (
    *PLANS.values(),
    plan(group_by=("name",), group_wait=0, repeat_interval=1e6, aims=AIMS[:1]),
    Plan(
        route=Route(receiver="nobody", group_wait=0, group_interval=500),
        receivers={"nobody": (), "team": AIMS},
    ),
)


def run(which: Plan, seed: int, fails: float, others: Sequence[Plan] = ()) -> World:
    world = World(which, seed, series=4, fails=fails, others=others)
    for _ in range(80):
        world.step()
    world.calm()
    return world


def places(world: World) -> dict[tuple[str, str], list[Notice]]:
    found = defaultdict(list)
    for notice in world.heard:
        found[notice.group, notice.aim].append(notice)
    return found


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("name", PLANS)
def test_a_crash_loses_nothing_doubles_nothing_and_keeps_the_order(name: str, seed: int) -> None:
    # Half of the histories have receivers that refuse for good: what ends meanwhile is not told.
    fails = 0.2 * (seed % 2)
    world = run(PLANS[name], seed, fails)
    for aim in AIMS:
        check_end(world, aim.name, everything=name == "a group an alert" and not fails)
    for heard in places(world).values():
        check_order(heard)
        check_doubles(world, heard)
    assert world.committed == len(world.records)


@pytest.mark.parametrize("seed", range(60))
def test_reloads_while_notices_are_on_their_way_double_nothing(seed: int) -> None:
    world = run(OTHERS[0], seed, 0.2 * (seed % 2), OTHERS)
    for heard in places(world).values():
        keys = [notice.key for notice in heard]
        assert {key for key in keys if keys.count(key) > 1} <= world.unknown
        for before, after in pairwise(heard):
            assert before.seq <= after.seq
    assert world.committed == len(world.records)


def check_end(world: World, aim: str, *, everything: bool) -> None:
    """Everybody knows in the end what holds, and heard of the first episode of everything."""
    last: dict[str, str] = {}
    begun = set()
    for notice in world.heard:
        if notice.aim == aim:
            for alert in notice.alerts:
                last[alert.labels["name"]] = alert.id
                begun.add((alert.labels["name"], alert.episode))
    for name, alert in world.newest.items():
        if alert.state == "firing":
            assert last.get(name) == alert.id, f"{name} fires and nobody knows"
        elif name in last:
            assert last[name].endswith("-resolved"), f"{name} is over and nobody knows"
        if everything:
            assert (name, 1) in begun, f"{name} was never told"


def check_order(heard: list[Notice]) -> None:
    """Nothing overtakes anything, and no trigger follows its own end."""
    ended = set()
    for before, after in pairwise(heard):
        assert before.seq <= after.seq
    for notice in heard:
        if notice.fires:
            assert notice.episode not in ended
        else:
            ended.add(notice.episode)


def check_doubles(world: World, heard: list[Notice]) -> None:
    """The same is told twice with the same key only, and only if nobody knew the outcome."""
    keys = [notice.key for notice in heard]
    for key in keys:
        assert keys.count(key) == 1 or key in world.unknown
    told: set[str] = set()
    seen = set()
    for notice in heard:
        news = {alert.id for alert in notice.alerts} - told
        assert news or notice.key in seen, f"nothing new in {notice.key}"
        seen.add(notice.key)
        told |= {alert.id for alert in notice.alerts}
