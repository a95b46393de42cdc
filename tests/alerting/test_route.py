from streamgauge.alerting.route import Route, read_matcher


def tree(*children: Route) -> Route:
    return Route("default", routes=children)


def names(route: Route, labels: dict[str, str]) -> list[str]:
    return [found.receiver for found in route.find(labels)]


def test_routes_as_amtools_own_example() -> None:
    # prometheus/alertmanager cli/test_routing (TestRoutingTest): match_re test ^[12]$ continue.
    first = Route("test1", (read_matcher('test=~"^[12]$"'),), on=True)
    second = Route("test2", (read_matcher('test="2"'),))
    assert names(tree(first, second), {"test": "1"}) == ["test1"]
    assert names(tree(first, second), {"test": "2"}) == ["test1", "test2"]
    assert names(tree(first, second), {"test": "x"}) == ["default"]
    assert names(tree(second, first), {"test": "2"}) == ["test2"]


def test_a_parent_takes_what_no_child_wants() -> None:
    child = Route("db", (read_matcher("team=db"),))
    parent = Route("ops", (read_matcher("env!=dev"),), (child,))
    assert names(tree(parent), {"team": "db"}) == ["db"]
    assert names(tree(parent), {"team": "web"}) == ["ops"]
    assert names(tree(parent), {"env": "dev", "team": "db"}) == ["default"]


def test_a_continuing_route_does_not_hide_the_next_one() -> None:
    log = Route("log", on=True)
    pager = Route("pager", (read_matcher("severity=critical"),))
    rest = Route("rest")
    assert names(tree(log, pager, rest), {"severity": "info"}) == ["log", "rest"]
    assert names(tree(log, pager, rest), {"severity": "critical"}) == ["log", "pager"]
