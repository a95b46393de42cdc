"""The totals of all partitions in Redis: absolute, so that writing them again changes nothing."""

from typing import Any

import msgspec

from streamgauge.stream_processors.reward_total import RewardRecord, Totals, add_up

# Older totals never replace newer ones, whoever writes last.
_PUT = """
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held and cjson.decode(held)['next'] > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class _Part(msgspec.Struct):
    next: int
    arms: dict[str, list[int]]


def key(experiment: str) -> str:
    """Where the totals of an experiment are: a hash, one field a source partition."""
    return f"streamgauge:rewards:{experiment}"


class RewardStore:
    """Writes the totals of one partition, and reads the sum of all."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._put = client.register_script(_PUT)

    async def put(self, topic: str, record: RewardRecord) -> None:
        """Make the totals of this partition what the record says."""
        for experiment, arms in record.totals.items():
            part = msgspec.json.encode(_Part(record.next, arms))
            field = f"{topic}:{record.partition}"
            await self._put(keys=[key(experiment)], args=[field, record.next, part])

    async def totals(self, experiment: str) -> tuple[dict[str, int], dict[str, float]]:
        """Trials and rewards of every arm."""
        held = await self._client.hgetall(key(experiment))
        parts: list[Totals] = [
            {experiment: msgspec.json.decode(raw, type=_Part).arms} for raw in held.values()
        ]
        return add_up(parts, experiment)
