"""`streamgauge train`: both scan models, judged on held-out rows before they may serve."""

import sys
import time
from pathlib import Path

from streamgauge.models import scan
from streamgauge.models.feature import Feature, learn, matrix
from streamgauge.models.forest import VARIANTS
from streamgauge.models.generate import HISTORY
from streamgauge.models.history import History, read
from streamgauge.models.lesson import Lesson, split
from streamgauge.models.lesson import learn as teach
from streamgauge.models.registry import ArtifactError, Registry
from streamgauge.models.shelf import serve
from streamgauge.models.target import TARGETS
from streamgauge.settings import InputError

MODELS = Path("var/models")
_LIVE_ROWS = 3


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
    registry = Registry(out)
    try:
        for target in TARGETS:
            registry.path(target.name, version)
    except ArtifactError as error:
        raise InputError(f"--version: {error}") from None
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
            keep(registry, lesson, champion=champion, plots=plots)
        validate(registry, lessons, history, features)
    except OSError as error:
        raise InputError(f"{error.filename or out}: {error.strerror}") from None


def columns() -> list[Feature]:
    """The columns that a line of the history has to have; which categories there are is learned."""
    numbers = [Feature(name=name, kind="number") for name in scan.NUMBERS]
    return numbers + [Feature(name=name, kind="category") for name in scan.CATEGORIES]


def report(lesson: Lesson) -> None:
    """Print metrics, gates and the ranking of the features."""
    card, found, unit = lesson.card, lesson.quality, lesson.target.unit
    print(f"\n{card.name}@{card.version} ({card.variant}), held-out rows: {found.rows}")
    flat = card.baseline.mae if card.baseline else 0.0
    print(f"  MAE {found.mae:.2f} {unit}, RMSE {found.rmse:.2f}, R² {found.r2:.2f}")
    print(f"  the best constant's MAE is {flat:.2f} {unit}")
    within = lesson.target.within
    print(f"  within {within:g} {unit}: {found.within:.0%}; it expected {found.confidence:.0%}")
    for gate in card.gates:
        verdict = "holds" if gate.passed else "FAILS"
        print(f"  gate {gate.name} {gate.value:.3f} < {gate.limit:g}: {verdict}")
    print(f"  importance: growth of MAE in {unit} when a feature is shuffled")
    for place, (name, growth) in enumerate(lesson.importances.items(), start=1):
        print(f"    {place:>2}. {name:<14}{growth:>8.3f}")


def keep(registry: Registry, lesson: Lesson, *, champion: bool | None, plots: bool) -> None:
    """Save a version with its figures; make it champion if wanted, or if there is none."""
    card, files = lesson.card, dict(lesson.files)
    if plots:
        from streamgauge.models import plot

        files["accuracy.png"] = plot.accuracy(
            lesson.target, card.version, lesson.truth, lesson.said, lesson.quality
        )
        files["importances.png"] = plot.importances(lesson.target, card.version, lesson.importances)
    registry.save(card, files)
    if champion or (champion is None and registry.champion(card.name) is None):
        registry.promote(card.name, card.version)


def validate(
    registry: Registry, lessons: list[Lesson], history: History, features: list[Feature]
) -> None:
    """Ask the saved models about rows they never saw, as the service will; say that they are ready.

    The file that was read back has to answer as the forest in memory did.
    """
    print("\nlive predictions by the saved files")
    for lesson in lessons:
        card = lesson.card
        served = serve(registry, card.name, card.version)
        places = split(len(history.rows), card.data.seed)[1][:_LIVE_ROWS]
        x = matrix([history.rows[place] for place in places], features)
        values, sure = served.predictor.predict(x)
        if values.tolist() != lesson.said[:_LIVE_ROWS].tolist():
            raise ArtifactError(f"{card.name}@{card.version}: answers differently when read back")
        for at, place in enumerate(places):
            truth = history.rows[place][card.target]
            trust = "" if sure is None else f", confidence {sure[at]:.2f}"
            print(f"  {card.name}@{card.version}: {values[at]:.2f} (truth {truth}{trust})")
    ready = ", ".join(f"{lesson.card.name}@{lesson.card.version}" for lesson in lessons)
    print(f"\nREADY: {ready} in {registry.root}")
    for lesson in lessons:
        print(f"  champion of {lesson.card.name}: {registry.champion(lesson.card.name)}")
