"""Which version of a model a unit sees, decided from a snapshot of the allocations in memory."""

import math
from collections.abc import Mapping

import msgspec

from streamgauge.contracts.allocation import Allocation
from streamgauge.experiments.assign import assign
from streamgauge.settings import Experiment, SettingsError


class Choice(msgspec.Struct, frozen=True):
    """An arm, the version behind it, and the chance that it had at this moment."""

    experiment: str
    arm: str
    version: str
    allocation: int
    propensity: float


class Assignment:
    """The shares of all experiments as they were last heard of; equal ones at first, version 0.

    >>> shares = Assignment({"e": Experiment(model="m", arms={"a": "1", "b": "2"})})
    >>> choice = shares.choose("m", "user-1")
    >>> choice.allocation, choice.propensity
    (0, 0.5)
    """

    def __init__(self, experiments: Mapping[str, Experiment]) -> None:
        self._by_model: dict[str, str] = {}
        self._arms: dict[str, dict[str, str]] = {}
        self._weights: dict[str, dict[str, float]] = {}
        self._stamp: dict[str, tuple[int, int]] = {}
        for name, experiment in experiments.items():
            if not experiment.arms:
                raise SettingsError(f"experiments.{name}.arms: expected at least one arm")
            if (other := self._by_model.setdefault(experiment.model, name)) != name:
                raise SettingsError(
                    f"experiments.{name}.model: {experiment.model} already is in {other}"
                )
            self._arms[name] = dict(experiment.arms)
            self._weights[name] = dict.fromkeys(experiment.arms, 1 / len(experiment.arms))
            self._stamp[name] = (0, 0)

    @property
    def experiments(self) -> list[str]:
        """Names of all experiments."""
        return list(self._arms)

    def versions(self) -> dict[str, list[str]]:
        """The versions of each model that an arm names."""
        return {model: list(self._arms[name].values()) for model, name in self._by_model.items()}

    def current(self) -> dict[str, tuple[int, dict[str, float]]]:
        """Allocation version and shares of each experiment."""
        return {name: (self._stamp[name][0], self._weights[name]) for name in self._arms}

    def choose(self, model: str, unit: str) -> Choice | None:
        """The arm of a unit, the same while the shares stand still; None without an experiment."""
        name = self._by_model.get(model)
        if name is None:
            return None
        weights = self._weights[name]
        arm = assign(name, unit, weights)
        return Choice(name, arm, self._arms[name][arm], self._stamp[name][0], weights[arm])

    def apply(self, allocation: Allocation) -> bool:
        """Take over newer shares; whether they were. Those of another set of arms are refused.

        Newer is a higher version, or a later time: after Redis was lost, versions may start again.
        """
        name = allocation.experiment
        if name not in self._arms:
            return False
        version, ts = self._stamp[name]
        if allocation.version <= version and (allocation.ts <= ts or not ts):
            return False
        weights = allocation.weights
        total = math.fsum(weights.values())
        if weights.keys() != self._arms[name].keys():
            raise ValueError(
                f"allocation of {name}: expected the arms {', '.join(self._arms[name])}"
            )
        if not math.isfinite(total) or total <= 0 or min(weights.values()) < 0:
            raise ValueError(f"allocation of {name}: expected shares of at least 0 with a sum")
        self._weights[name] = {arm: weight / total for arm, weight in weights.items()}
        self._stamp[name] = (allocation.version, allocation.ts)
        return True
