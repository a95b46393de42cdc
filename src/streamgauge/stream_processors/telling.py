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
from streamgauge.settings import ARM, Settings

Values = dict[Key, dict[str, float]]


class Telling(NamedTuple):
    """`labels` of a key, and `extend` with the values of the series that are about to be told.

    `group` names the series that are compared with each other, None for one that stands alone:
    when one of a group has changed, what is told of the others has too.
    """

    labels: Callable[[Key], Labels]
    extend: Callable[[Values], Values]
    group: Callable[[Key], Key | None] | None = None


def of_models(settings: Settings) -> Telling:
    """Series of models: with the share of predictions that kept the promised latency.

    Figures of the business are compared with their baseline, those of an arm with control.
    """
    defined = {
        name: figure for name, figure in settings.business.items() if figure.source == "predictions"
    }

    def extend(values: Values) -> Values:
        told: Values = {}
        for key, held in values.items():
            every = held | compliance(model_labels(key), held, settings.sla)
            if len(key) == 3:
                told[key] = apart(every, key[2])
                continue
            if defined:
                arm, arms = _arms(key, values)
                every |= judged(defined, arms)[arm]
            told[key] = every
        return told

    return Telling(model_labels, extend, _experiment if defined else None)


def _experiment(key: Key) -> Key | None:
    """The arms of a model, in whatever version: a version may well be what an experiment tries."""
    return (key[0], ARM) if len(key) == 4 and key[2] == ARM else None


def _arms(key: Key, values: Values) -> tuple[str, dict[str, Mapping[str, float]]]:
    """Which arm a series is, and all that it is to be compared with; "" where it is none.

    Where several versions have an arm, it is that of the same version, else of the busiest.
    """
    group = _experiment(key)
    if group is None:
        return "", {"": values[key]}

    def closeness(other: Key) -> tuple[bool, float, str]:
        return other[1] == key[1], values[other].get("prediction_count", 0.0), other[1]

    beside = sorted((one for one in values if _experiment(one) == group), key=closeness)
    return key[3], {one[3]: values[one] for one in beside}


def of_labels(_settings: Settings) -> Telling:
    """Series of models, of whose predictions the truth is known."""
    return Telling(model_labels, lambda values: values)


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

    return Telling(lambda key: event_column.labels((key[0], key[1])), extend, lambda key: (key[0],))


def model_labels(key: Key) -> Labels:
    """The labels of (model, version), of a value of a dimension, or of a purpose.

    >>> model_labels(("price", "1", "region", "eu"))
    {'model': 'price', 'version': '1', 'region': 'eu'}
    """
    labels = {"model": key[0], "version": key[1]}
    return labels | {key[2]: key[3]} if len(key) == 4 else labels
