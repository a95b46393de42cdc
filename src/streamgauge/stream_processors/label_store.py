"""What is remembered of predictions and their outcomes, in Redis, so that the join is exact.

One list a prediction: what was predicted, then each outcome with the partition and offset of its
event, in the order in which they came. An outcome that is asked about again, after a crash or by
another stage, is found where it stood, and what came before it answers the same. Nothing is ever
replaced, so a worker that was believed dead does no harm. Scripts make each step atomic; a batch is
one round trip. All that is remembered ends after `join.keep_hours`, and there is never more than
`join.max_entries` of a kind: what is made is counted by time.

An outcome that comes before its prediction waits beside the list; the prediction brings it back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, ReadOnlyError
from redis.exceptions import TimeoutError as RedisTimeoutError

from streamgauge.contracts.receipt import Claims
from streamgauge.join import Join
from streamgauge.logs import log
from streamgauge.stream_processors import label_script
from streamgauge.stream_processors.label_fact import MOST_FACTS, Fact

T = TypeVar("T")

_PREFIX = "streamgauge:join:"
_SLOTS = 72
# So many outcomes of one prediction wait for it; a stranger's may be as many as there is room.
_MOST_WAITING = 8
_AWAY = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, OutOfMemoryError)
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 5.0


class Ask(NamedTuple):
    """An outcome to look up; `source` says where its event stands.

    `claims` are those of its receipt. Without one, `event` are its bytes, to be kept until its
    prediction comes, or nothing.
    """

    id: str
    source: str
    fact: Fact
    claims: Claims | None = None
    event: bytes = b""


class Waited(NamedTuple):
    """An outcome that came before its prediction: the prediction's id, and the event's bytes."""

    id: str
    event: bytes


class Known(NamedTuple):
    """What is known of an outcome's prediction, and what others said of it before."""

    claims: Claims
    before: list[Fact]


class LabelStore:
    """Asks Redis, and waits for it as long as it is away: no answer is never a wrong answer."""

    def __init__(self, client: Any, join: Join) -> None:
        self._join_script = client.register_script(label_script.JOIN)
        self._remember_script = client.register_script(label_script.REMEMBER)
        self._client = client
        self._keep = join.keep_ms
        self._most = join.max_entries

    async def look(self, asks: Sequence[Ask], now: int) -> list[Known | None]:
        """What stood before each outcome, which stands from now on; None for no known prediction.

        Of a batch, an outcome comes after those before it.
        """
        args: list[str | bytes | int] = []
        for ask in asks:
            claims = encode_claims(ask.claims) if ask.claims else b""
            args += [ask.id, ask.source, msgspec.msgpack.encode(ask.fact), claims, ask.event]
        answers = await self._run(self._join_script, args, now) if asks else []
        return [_known(answer) if answer else None for answer in answers]

    async def remember(self, predictions: Sequence[Claims], now: int) -> list[Waited]:
        """Remember predictions; returns the outcomes that waited for them, as they came."""
        args: list[str | bytes | int] = []
        for claims in predictions:
            args += [claims.id, encode_claims(claims)]
        answers = await self._run(self._remember_script, args, now) if predictions else []
        return [
            Waited(claims.id, event)
            for claims, answer in zip(predictions, answers, strict=True)
            for event in _in_order(answer)
        ]

    async def made(self) -> dict[str, int]:
        """How many entries of each kind were made within `keep_hours`; `full`: found no room."""
        counts: dict[str, int] = {}
        held = await patiently(lambda: self._client.hgetall(_PREFIX + "made"))
        for field, number in held.items():
            kind = field.decode().partition(":")[0]
            counts[kind] = counts.get(kind, 0) + int(number)
        return counts

    async def _run(self, script: Any, items: Sequence[str | bytes | int], now: int) -> list[Any]:
        slot = now // max(self._keep // _SLOTS, 1)
        limits = (self._most, _SLOTS, MOST_FACTS, _MOST_WAITING)
        args = [_PREFIX, slot, self._keep, *limits, *items]
        answers: list[Any] = await patiently(lambda: script(keys=[], args=args))
        return answers


async def patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Ask until Redis answers; a script that ran although its answer was lost answers the same."""
    wait = 0.0
    while True:
        try:
            answer = await call()
        except _AWAY as error:
            if not wait:
                log.warning("redis is away; labels wait", error=type(error).__name__)
            wait = min(max(2 * wait, _FIRST_WAIT_S), _LONGEST_WAIT_S)
            await asyncio.sleep(wait)
        else:
            if wait:
                log.info("redis is back; labels go on")
            return answer


def encode_claims(claims: Claims) -> bytes:
    """What is remembered of a prediction: no unit, and the id is the key."""
    return msgspec.msgpack.encode(msgspec.structs.replace(claims, id="", unit=None))


def _known(answer: list[bytes]) -> Known:
    claims = msgspec.msgpack.decode(answer[0], type=Claims)
    facts = (one.partition(b" ")[2] for one in answer[1:])
    return Known(claims, [msgspec.msgpack.decode(fact, type=Fact) for fact in facts])


def _in_order(answer: Sequence[bytes]) -> list[bytes]:
    """The waiting events of a prediction by partition and offset."""
    pairs = zip(answer[::2], answer[1::2], strict=True)
    return [event for _, event in sorted(pairs, key=lambda pair: _place(pair[0]))]


def _place(source: bytes) -> tuple[int, ...]:
    return tuple(map(int, source.split(b":")))
