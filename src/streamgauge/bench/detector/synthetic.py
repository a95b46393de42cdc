"""Errors of a model that stands still while river's synthetic worlds change under it."""

from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
from river.datasets import synth

from streamgauge.bench.detector.stream import REFERENCE, Stream

_CALM = 3_000
_HORIZON = 2_000
# Of the change, in events. Much less, and river's sigmoid overflows.
_SUDDEN = 40
_GRADUAL = 500

# A world and a seed; its labels follow the old concept, or the new one.
World = Callable[[bool, int], Any]


def _agrawal(new: bool, seed: int) -> Any:
    return _made(synth.Agrawal, classification_function=2 if new else 0, seed=seed)


def _stagger(new: bool, seed: int) -> Any:
    return _made(synth.STAGGER, classification_function=int(new), seed=seed)


def _sine(new: bool, seed: int) -> Any:
    return _made(synth.Sine, classification_function=int(new), seed=seed)


def _mixed(new: bool, seed: int) -> Any:
    return _made(synth.Mixed, classification_function=int(new), seed=seed)


def _sea(new: bool, seed: int) -> Any:
    # The thresholds that are farthest apart: 7 and 9.5.
    return _made(synth.SEA, variant=3 if new else 2, seed=seed)


def _made(world: Any, **parameters: Any) -> Any:
    return world(**parameters)  # river's constructors are untyped


WORLDS: dict[str, World] = {
    "agrawal": _agrawal,
    "stagger": _stagger,
    "sine": _sine,
    "mixed": _mixed,
    "sea": _sea,
}


@lru_cache(maxsize=32)
def worlds(seed: int) -> tuple[Stream, ...]:
    """The errors of the old concept while the new one comes, suddenly and gradually."""
    return tuple(
        _errors(name, world, width, seed * len(WORLDS) + number)
        for number, (name, world) in enumerate(WORLDS.items())
        for width in (_SUDDEN, _GRADUAL)
    )


def _errors(name: str, world: World, width: int, seed: int) -> Stream:
    """What the model answers is what the old concept says of the same event."""
    size = _CALM + _HORIZON
    position = _CALM + width
    truth, model = (
        _made(
            synth.ConceptDriftStream,
            stream=world(False, 2 * seed),
            drift_stream=world(new, 2 * seed + 1),
            position=position,
            width=width,
            seed=seed,
        )
        for new in (True, False)
    )
    both = zip(islice(truth, size), islice(model, size), strict=True)
    wrong = np.fromiter(
        (label != answer for (_, label), (_, answer) in both),
        np.float64,
        size,
    )
    return Stream(
        f"{name} {'suddenly' if width == _SUDDEN else 'gradually'}",
        "rate",
        wrong,
        # The old concept never errs about itself.
        np.zeros(REFERENCE),
        # Width events before its middle the new concept has a share of 1.8 %.
        changes=(_CALM,),
        horizon=_HORIZON,
    )
