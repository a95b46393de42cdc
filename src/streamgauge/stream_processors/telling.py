"""How the series of a source are called on `measures`, and what settings add to their values."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from streamgauge.contracts.event import Labels
from streamgauge.metrics import event_column
from streamgauge.metrics.business import judged
from streamgauge.metrics.cap import Key
from streamgauge.metrics.cost import cost
from streamgauge.metrics.purpose import apart
from streamgauge.metrics.sla import compliance
from streamgauge.settings import Settings

Values = dict[Key, dict[str, float]]


class Telling(NamedTuple):
    """`labels` of a key, and `extend` with the values of the series that are about to be told.

    One that `compares` series with each other is given all of them.
    """

    labels: Callable[[Key], Labels]
    extend: Callable[[Values], Values]
    compares: bool = False


def of_models(settings: Settings) -> Telling:
    """Series of models: with the share of predictions that kept the promised latency."""

    def extend(values: Values) -> Values:
        told: Values = {}
        for key, held in values.items():
            every = held | compliance(model_labels(key), held, settings.sla)
            told[key] = apart(every, key[2]) if len(key) == 3 else every
        return told

    return Telling(model_labels, extend)


def of_services(settings: Settings) -> Telling:
    """Series of services: with what they cost."""

    def extend(values: Values) -> Values:
        return {key: held | cost(held, settings.cost) for key, held in values.items()}

    return Telling(lambda key: {"service": key[0]}, extend)


def of_arms(settings: Settings) -> Telling:
    """Series of experiments and arms: with how each arm compares to its control."""

    def extend(values: Values) -> Values:
        told: Values = {}
        for experiment in {key[0] for key in values}:
            arms: Mapping[str, Mapping[str, float]] = {
                key[1]: held for key, held in values.items() if key[0] == experiment
            }
            compared = judged(settings.business, arms)
            told |= {
                key: held | compared[key[1]] for key, held in values.items() if key[0] == experiment
            }
        return told

    return Telling(lambda key: event_column.labels((key[0], key[1])), extend, compares=True)


def model_labels(key: Key) -> Labels:
    """The labels of (model, version), of a value of a dimension, or of a purpose.

    >>> model_labels(("price", "1", "region", "eu"))
    {'model': 'price', 'version': '1', 'region': 'eu'}
    """
    labels = {"model": key[0], "version": key[1]}
    return labels | {key[2]: key[3]} if len(key) == 4 else labels
