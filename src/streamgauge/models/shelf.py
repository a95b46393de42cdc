"""The models that a service has in memory, and why the others are not."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from streamgauge.models.card import Card
from streamgauge.models.predictor import Plain, Predictor
from streamgauge.models.registry import ArtifactError, Registry

NO_VERSION = "none"


class Served(msgspec.Struct, frozen=True):
    """A version that can answer. `fallback` says why it stands in for another, if it does."""

    card: Card
    predictor: Predictor | Plain
    fallback: str | None = None


class Shelf:
    """Champions, their backups where a champion is broken, and every arm of an experiment."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, str], Served] = {}
        self.failures: dict[tuple[str, str], str] = {}
        self.champions: dict[str, str] = {}
        self._default: dict[str, Served] = {}

    def pick(self, model: str, version: str | None) -> Served | None:
        """The version asked for, else the champion or its backup; None if none is loaded."""
        if version is not None:
            return self.versions.get((model, version))
        return self._default.get(model)

    def knows(self, model: str) -> bool:
        """Whether the model is configured, loaded or not."""
        return model in self.champions

    def loaded(self) -> dict[str, bool]:
        """`model@version` and whether it is in memory, as heartbeats say it."""
        states = {f"{m}@{v}": True for m, v in self.versions}
        return states | {f"{m}@{v}": False for m, v in self.failures}

    def defaults(self) -> list[Served]:
        """What answers where no experiment says otherwise, one a model."""
        return list(self._default.values())

    def add(self, registry: Registry, model: str, version: str) -> Served | None:
        """Load a version once; what is wrong with it is kept, not raised."""
        key = (model, version)
        if key not in self.versions and key not in self.failures:
            try:
                self.versions[key] = serve(registry, model, version)
            except ArtifactError as error:
                self.failures[key] = str(error)
        return self.versions.get(key)

    def add_default(self, registry: Registry, model: str) -> None:
        """Load the champion; where it is broken, its backup stands in."""
        try:
            champion = registry.champion(model)
            backup = registry.backup(model)
        except ArtifactError as error:
            self.champions.setdefault(model, NO_VERSION)
            self.failures[model, NO_VERSION] = str(error)
            return
        if champion is None:
            self.champions.setdefault(model, NO_VERSION)
            self.failures[model, NO_VERSION] = f"{registry.root / model}: has no champion"
            return
        self.champions[model] = champion
        served = self.add(registry, model, champion)
        if served is None and backup is not None:
            spare = self.add(registry, model, backup)
            served = spare and msgspec.structs.replace(spare, fallback="model_not_loaded")
        if served is not None:
            self._default[model] = served


def fill(registry: Registry, arms: Mapping[str, Iterable[str]]) -> Shelf:
    """Load all models of a registry, and of each model in `arms` the versions named there."""
    shelf = Shelf()
    for model in sorted({*registry.models(), *arms}):
        shelf.add_default(registry, model)
        for version in arms.get(model, ()):
            shelf.add(registry, model, version)
    return shelf


def serve(registry: Registry, model: str, version: str) -> Served:
    """Open one version; an `ArtifactError` says what is wrong with it."""
    from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor

    card, estimator = registry.load(model, version)
    _fits(card, estimator)
    if not isinstance(estimator, RandomForestRegressor | ExtraTreesRegressor):
        return Served(card, Plain(estimator, card.transform))
    known = card.confidence
    predictor = Predictor(
        estimator,
        transform=card.transform,
        ratios=known.ratios if known else (),
        within=known.within if known else 0.0,
    )
    return Served(card, predictor)


def _fits(card: Card, estimator: Any) -> None:
    wanted = getattr(estimator, "n_features_in_", None)
    if wanted != len(card.features):
        raise ArtifactError(
            f"{card.name}@{card.version}: the model takes {wanted} features, "
            f"its card names {len(card.features)}"
        )
