"""The stage `allocate`: totals in Redis in, versioned traffic shares out, to Redis and Kafka.

One allocator holds the lease of an experiment; another takes over when the lease runs out.
"""

import asyncio
import time
from typing import Any
from uuid import uuid4

import redis.asyncio as redis
from redis.exceptions import RedisError

from streamgauge.contracts import codec
from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.refusal import explain
from streamgauge.experiments import thompson
from streamgauge.logs import log
from streamgauge.settings import Experiment, Settings
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.reward_store import RewardStore

STAGE = "allocate"
CHANNEL = "streamgauge:allocations"
_MS = 1_000
_LEASE_S = 10
# Smaller moves than this are sampling noise of the draws, and would only move users about.
_WORTH_MOVING = 0.02

# Take or renew a lease: set it where it is free or ours.
_LEASE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""
# Only a higher version replaces an allocation.
_PUBLISH = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held)['version'] >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[2], ARGV[3])
return 1
"""


def key(experiment: str) -> str:
    """Where the allocation of an experiment is."""
    return f"streamgauge:allocation:{experiment}"


class Allocate:
    """Moves the traffic of every configured experiment towards its better arms."""

    def __init__(self, settings: Settings) -> None:
        self.published = 0
        self._settings = settings
        self._owner = uuid4().hex
        self._outbox = Outbox(settings.kafka, f"streamgauge-{STAGE}")
        self._client: Any = redis.from_url(settings.redis.url, **settings.redis.options())
        self._store = RewardStore(self._client)
        self._lease = self._client.register_script(_LEASE)
        self._publish = self._client.register_script(_PUBLISH)

    async def run(self) -> None:
        """Allocate until cancelled; Redis may be away for a while."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, experiment in self._settings.experiments.items():
                    tasks.create_task(self._follow(name, experiment))
        finally:
            await self._client.aclose()
            self._outbox.flush(3.0)

    async def _follow(self, name: str, experiment: Experiment) -> None:
        while True:
            if self._outbox.failed:
                # The task ends with an error, and the process is started again.
                raise RuntimeError(f"delivery failed: {self._outbox.failed}")
            self._outbox.poll()
            try:
                await self.step(name, experiment)
            except RedisError as error:
                log.warning("redis is away; shares stand still", error=type(error).__name__)
            except codec.UNREADABLE as error:
                reason = explain(error, b"").detail
                log.error("redis holds what we did not write", experiment=name, reason=reason)
            await asyncio.sleep(experiment.every)

    async def step(self, name: str, experiment: Experiment) -> Allocation | None:
        """Look at the totals once; the new allocation, if the shares moved enough."""
        lease = [f"streamgauge:lease:{name}"]
        if not await self._lease(keys=lease, args=[self._owner, _LEASE_S]):
            return None
        held = await self._client.get(key(name))
        before = codec.decode(Allocation, held) if held else None
        totals = await self._store.totals(name)
        after = propose(name, experiment, totals, before, int(time.time() * _MS))
        if after is None:
            return None
        body = codec.encode(after)
        if not await self._publish(keys=[key(name), CHANNEL], args=[after.version, body, name]):
            return None
        self._outbox.put("allocations", name, body)
        self._outbox.poll()
        self.published += 1
        log.info("allocation", experiment=name, version=after.version, weights=after.weights)
        return after


def propose(
    name: str,
    experiment: Experiment,
    totals: tuple[dict[str, int], dict[str, float]],
    before: Allocation | None,
    now: int,
) -> Allocation | None:
    """The next allocation, or None where the present one is as good. Pure."""
    trials, rewards = totals
    known = {arm: trials.get(arm, 0) for arm in experiment.arms}
    version = before.version + 1 if before else 1
    weights = thompson.allocate(
        known,
        rewards,
        floor=experiment.floor,
        min_trials=experiment.min_trials,
        seed=experiment.seed + version,
    )
    if before and before.arms == experiment.arms:
        moved = max(abs(weights[arm] - before.weights.get(arm, 0.0)) for arm in weights)
        if moved < _WORTH_MOVING:
            return None
    return Allocation(
        experiment=name,
        model=experiment.model,
        version=version,
        ts=now,
        weights=weights,
        arms=dict(experiment.arms),
        policy=experiment.policy,
        trials=known,
        rewards={arm: rewards.get(arm, 0.0) for arm in known},
    )
