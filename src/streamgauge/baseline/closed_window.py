"""The closed windows of a model version in a period, each once."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from streamgauge.baseline.period import Period
from streamgauge.baseline.topic import values
from streamgauge.contracts.summary import Summary
from streamgauge.settings import Kafka

_TOPIC = "summaries"
_decoder = msgspec.json.Decoder(Summary)


class Windows(NamedTuple):
    """Base windows of predictions, the hours that lie in the period as a whole, and of labels."""

    base: list[Summary]
    hours: list[Summary]
    labels: list[Summary]


def read_windows(kafka: Kafka, model: str, version: str, period: Period) -> Windows:
    """What the topic still has of a version."""
    # A window is published after it ended: what came before the period began is of others.
    records = values(kafka, _TOPIC, since=period.start)
    return choose((_decoder.decode(value) for _, value in records), model, version, period)


def choose(summaries: Iterable[Summary], model: str, version: str, period: Period) -> Windows:
    """Those of a version that lie in the period as a whole, in the order of time.

    Of a window that came several times the one of the highest generation counts, else the last.
    """
    labels = {"model": model, "version": version}
    kept: dict[tuple[str, str, int], Summary] = {}
    for one in summaries:
        if one.labels != labels or one.start < period.start or one.end > period.end:
            continue
        key = one.source, one.window, one.start
        held = kept.get(key)
        if held is None or one.generation >= held.generation:
            kept[key] = one
    found = sorted(kept.values(), key=lambda one: one.start)
    return Windows(
        base=[one for one in found if one.source == "predictions" and one.base],
        hours=[one for one in found if one.source == "predictions" and one.window == "1h"],
        labels=[one for one in found if one.source == "outcomes" and one.base],
    )
