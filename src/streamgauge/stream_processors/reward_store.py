"""The totals of all partitions in Redis: absolute, so that writing them again changes nothing."""

from typing import Any

import msgspec

from streamgauge.stream_processors.reward_kept import Counted
from streamgauge.stream_processors.reward_sums import Totals, add_up

# Older totals never replace newer ones of the same source, whoever writes last. A topic that was
# made anew counts its offsets from the beginning; and what is not ours is replaced.
_PUT = """
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then
  local read, part = pcall(cjson.decode, held)
  if read and type(part) == 'table' and part['source'] == ARGV[2]
      and (tonumber(part['next']) or 0) > tonumber(ARGV[3]) then return 0 end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[4])
return 1
"""


class _Part(msgspec.Struct):
    next: int
    arms: dict[str, list[int]]
    source: str = ""


def key(experiment: str) -> str:
    """Where the totals of an experiment are: a hash, one field a source partition."""
    return f"streamgauge:rewards:{experiment}"


class RewardStore:
    """Writes the totals of one partition, and reads the sum of all."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._put = client.register_script(_PUT)

    async def put(self, topic: str, partition: int, counted: Counted) -> None:
        """Make the totals of this partition what the state log counts."""
        field, source = f"{topic}:{partition}", counted.topic_id
        for experiment, arms in counted.totals.items():
            part = msgspec.json.encode(_Part(counted.next, arms, source))
            await self._put(keys=[key(experiment)], args=[field, source, counted.next, part])

    async def totals(self, experiment: str) -> tuple[dict[str, int], dict[str, float]]:
        """Trials and rewards of every arm."""
        held = await self._client.hgetall(key(experiment))
        parts: list[Totals] = [
            {experiment: msgspec.json.decode(raw, type=_Part).arms} for raw in held.values()
        ]
        return add_up(parts, experiment)
