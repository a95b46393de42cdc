from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.route import Route


def tree(*children: Route) -> Route:
    return Route(receiver="default", routes=children)


def names(route: Route, labels: dict[str, str]) -> list[str]:
    return [found.receiver for found in route.find(labels)]


def test_routes_as_amtools_own_example() -> None:
    # prometheus/alertmanager cli/test_routing (TestRoutingTest): match_re test ^[12]$ continue.
    first = Route(receiver="test1", matchers=(read_matcher('test=~"^[12]$"'),), on=True)
    second = Route(receiver="test2", matchers=(read_matcher('test="2"'),))
    assert names(tree(first, second), {"test": "1"}) == ["test1"]
    assert names(tree(first, second), {"test": "2"}) == ["test1", "test2"]
    assert names(tree(first, second), {"test": "x"}) == ["default"]
    assert names(tree(second, first), {"test": "2"}) == ["test2"]


def test_a_parent_takes_what_no_child_wants() -> None:
    child = Route(receiver="db", matchers=(read_matcher("team=db"),))
    parent = Route(receiver="ops", matchers=(read_matcher("env!=dev"),), routes=(child,))
    assert names(tree(parent), {"team": "db"}) == ["db"]
    assert names(tree(parent), {"team": "web"}) == ["ops"]
    assert names(tree(parent), {"env": "dev", "team": "db"}) == ["default"]


def test_a_continuing_route_does_not_hide_the_next_one() -> None:
    log = Route(receiver="log", on=True)
    pager = Route(receiver="pager", matchers=(read_matcher("severity=critical"),))
    rest = Route(receiver="rest")
    assert names(tree(log, pager, rest), {"severity": "info"}) == ["log", "rest"]
    assert names(tree(log, pager, rest), {"severity": "critical"}) == ["log", "pager"]
