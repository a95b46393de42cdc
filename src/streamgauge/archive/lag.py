"""How near the archive is to losing something: its lag against how long Kafka keeps a topic."""

import logging
import math
from collections.abc import Callable, Mapping

from streamgauge.archive.gauge import Gauges
from streamgauge.archive.inbox import Held, Key
from streamgauge.contracts.topics import TOPICS

_log = logging.getLogger(__name__)
# From here on somebody should look: the rest of the time is theirs to act in.
WARN_AT = 0.5
_SAY_EVERY_S = 300.0


class Lag:
    """Shows the lag of each topic, and warns of records that will be deleted unarchived."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._said: dict[str, float] = {}

    def show(self, held: Mapping[Key, Held], behind: Callable[[Key], int], now: float) -> None:
        """`behind` is how many records of a partition were not fetched; `now` is in seconds."""
        worst: dict[str, float] = {}
        for key, one in held.items():
            # Before the first record came there is no time to go by.
            waiting = bool(one.since) and (bool(one.records) or behind(key) > 0)
            age = max(0.0, now - one.since / 1_000) if waiting else 0.0
            worst[key[0]] = max(worst.get(key[0], 0.0), age)
        for topic, seconds in worst.items():
            share = used(topic, seconds)
            self._gauges.lag.labels(topic).set(seconds)
            self._gauges.used.labels(topic).set(share)
            if share >= WARN_AT:
                self._warn(topic, seconds, share, now)

    def _warn(self, topic: str, seconds: float, share: float, now: float) -> None:
        if now - self._said.get(topic, -math.inf) < _SAY_EVERY_S:
            return
        self._said[topic] = now
        _log.warning(
            "%s: the oldest record that is not archived is %.0f s old, %.0f %% of how long Kafka "
            "keeps it",
            topic,
            seconds,
            100 * share,
        )


def used(topic: str, seconds: float) -> float:
    """Which share of a topic's retention a lag is.

    >>> used("measures", 1_296_000.0)
    0.5
    """
    kept = TOPICS[topic].retention_ms / 1_000
    return seconds / kept if kept > 0 else 0.0
