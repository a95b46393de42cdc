"""`streamgauge train`: both scan models, judged on held-out rows before they may serve."""

import sys
import time
from pathlib import Path

from streamgauge.contracts.reference import AnyField
from streamgauge.models import scan
from streamgauge.models.feature import Feature, learn
from streamgauge.models.forest import VARIANTS
from streamgauge.models.generate import HISTORY
from streamgauge.models.history import read
from streamgauge.models.lesson import Lesson
from streamgauge.models.lesson import learn as teach
from streamgauge.models.readiness import ready, report, validate
from streamgauge.models.registry import ArtifactError, Registry
from streamgauge.models.target import TARGETS
from streamgauge.settings import InputError

MODELS = Path("var/models")


def train(
    *,
    data: Path = HISTORY,
    out: Path = MODELS,
    version: str = "1",
    variant: str | None = None,
    seed: int = 7,
    champion: bool | None = None,
    plots: bool = True,
) -> None:
    """Train both scan models, print how good they are, and save them if all gates hold.

    A gate that fails ends with exit status 1; then nothing is saved and no champion changes.

    Parameters
    ----------
    data
        JSON Lines of scans, as `streamgauge generate` writes them.
    out
        The registry: a folder of models.
    version
        The version to write. Train a second one, and an experiment has arms.
    variant
        Hyperparameters: deep (100 full trees) or shallow (50 trees of depth 4).
        Without one, version 2 is shallow and every other version deep.
    seed
        Draws the held-out rows and the forest.
    champion
        Whether the version serves from now on. Without a word: if there is no champion yet.
    plots
        Write figures (PNG) beside the models.

    """
    chosen = variant or ("shallow" if version == "2" else "deep")
    if chosen not in VARIANTS:
        raise InputError(f"--variant {chosen}: expected one of {', '.join(VARIANTS)}")
    if not 0 <= seed < 2**32:
        raise InputError(f"--seed {seed}: expected 0 to 4294967295")
    registry = _registry(out, version)
    history = read(data, columns(), [target.name for target in TARGETS])
    if len(history.rows) < scan.FEWEST:
        raise InputError(f"{data}: {len(history.rows)} rows; expected at least {scan.FEWEST}")
    features = learn(history.rows, scan.NUMBERS, scan.CATEGORIES)
    lessons = [
        teach(
            history,
            features,
            target,
            version=version,
            variant=chosen,
            seed=seed,
            now=time.time_ns() // 1_000_000,
            schema=_schema(registry, target.name, version, features),
        )
        for target in TARGETS
    ]
    for lesson in lessons:
        report(lesson)
    if not all(gate.passed for lesson in lessons for gate in lesson.card.gates):
        print("\nNOT READY: a gate failed; nothing was saved and no champion changed")
        sys.exit(1)
    try:
        for lesson in lessons:
            save(registry, lesson, plots=plots)
        validate(registry, lessons, history, features)
        _promote(registry, lessons, champion=champion)
        ready(registry, lessons)
    except OSError as error:
        raise InputError(f"{error.filename or out}: {error.strerror}") from None
    except ArtifactError as error:
        raise InputError(str(error)) from None


def _registry(out: Path, version: str) -> Registry:
    """Where the models will go; refuses a version's name before anything is computed."""
    registry = Registry(out)
    try:
        for target in TARGETS:
            registry.path(target.name, version)
    except ArtifactError as error:
        raise InputError(f"--version: {error}") from None
    return registry


def _schema(
    registry: Registry, model: str, version: str, features: list[Feature]
) -> dict[str, AnyField] | None:
    """The grid of a version that is trained again: its stream is counted on it already."""
    try:
        before = registry.reference(model, version)
    except ArtifactError:
        # Nobody could have read it either.
        return None
    names = {feature.name for feature in features}
    return before.schema if before is not None and before.schema.keys() == names else None


def _promote(registry: Registry, lessons: list[Lesson], *, champion: bool | None) -> None:
    """Let the versions serve if that is wanted, or where nothing serves yet."""
    for lesson in lessons:
        card = lesson.card
        if champion or (champion is None and registry.champion(card.name) is None):
            registry.promote(card.name, card.version)


def columns() -> list[Feature]:
    """The columns that a line of the history has to have; which categories there are is learned."""
    numbers = [Feature(name=name, kind="number") for name in scan.NUMBERS]
    return numbers + [Feature(name=name, kind="category") for name in scan.CATEGORIES]


def save(registry: Registry, lesson: Lesson, *, plots: bool) -> None:
    """Put a version into the registry, with its figures if wanted."""
    card, files = lesson.card, dict(lesson.files)
    if plots:
        from streamgauge.models import plot

        files["accuracy.png"] = plot.accuracy(
            lesson.target, card.version, lesson.truth, lesson.said, lesson.quality
        )
        files["importances.png"] = plot.importances(lesson.target, card.version, lesson.importances)
    registry.save(card, files)
