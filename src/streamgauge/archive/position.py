"""Where reading begins: behind the last manifest, never at what the group committed."""

import logging
from collections.abc import Iterable

import msgspec
from confluent_kafka import Consumer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient

from streamgauge.archive.manifest import Chain, Generation
from streamgauge.archive.store import Store
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)
_TIMEOUT = 10.0


class DataLossError(InputError):
    """Kafka deleted records before they were archived, and the settings say to stop then."""


class Start(msgspec.Struct, frozen=True):
    """A partition's chain, the offset after its last manifest, and the first one to read.

    What lies between is no longer on Kafka: it was gone before the archive began.
    """

    chain: Chain
    end: int
    first: int


def incarnations(admin: AdminClient, topics: Iterable[str]) -> dict[str, str]:
    """The id that Kafka gave each topic when it was made; a topic made anew has another one."""
    about = admin.describe_topics(TopicCollection(list(topics)), request_timeout=_TIMEOUT)
    return {
        name: str(answer.result().topic_id).replace("+", "-").replace("/", "_")
        for name, answer in about.items()
    }


def starts(
    store: Store,
    consumer: Consumer,
    admin: AdminClient,
    given: list[TopicPartition],
    *,
    stop_on_loss: bool,
) -> list[Start]:
    """Where to read each partition; a loss is written down, or a `DataLossError`."""
    ids = incarnations(admin, {one.topic for one in given})
    state = store.ledger.state()
    found = []
    for one in given:
        chain = Chain(one.topic, ids[one.topic], one.partition)
        low, _ = consumer.get_watermark_offsets(one, timeout=_TIMEOUT)
        tip = state.tip(chain)
        _tell_of_a_former_topic(state, chain)
        if tip.end == 0 or low <= tip.end:
            found.append(Start(chain, tip.end, max(low, tip.end)))
            continue
        _lose(store, chain, tip.end, low, stop=stop_on_loss)
        found.append(Start(chain, low, low))
    return found


def _lose(store: Store, chain: Chain, begin: int, end: int, *, stop: bool) -> None:
    said = (
        f"data loss: {chain.topic} partition {chain.partition}: Kafka deleted offsets {begin} to "
        f"{end - 1} before they were archived"
    )
    if stop:
        raise DataLossError(f"{said} (archive.data_loss is stop)")
    store.record_loss(chain, begin, end)
    _log.error("%s; it is written down and archiving goes on", said)


def _tell_of_a_former_topic(state: Generation, chain: Chain) -> None:
    """A topic that was deleted took along what was not archived yet: nobody can know how much."""
    if state.tip(chain).end:
        return
    for tip in state.tips:
        former = tip.chain
        if (former.topic, former.partition) == (chain.topic, chain.partition):
            _log.warning(
                "%s partition %d was made anew; of the former topic %s offsets below %d are kept",
                chain.topic,
                chain.partition,
                former.incarnation,
                tip.end,
            )
