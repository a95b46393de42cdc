"""What a person reads at the end of a training: how good, why, and whether it is ready to serve."""

from collections.abc import Sequence

from streamgauge.contracts.reference import FEWEST_ROWS
from streamgauge.models.feature import Feature, matrix
from streamgauge.models.history import History
from streamgauge.models.lesson import Lesson, split
from streamgauge.models.registry import ArtifactError, Registry
from streamgauge.models.shelf import serve

_LIVE_ROWS = 3


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
    if lesson.reference.rows < FEWEST_ROWS:
        few = lesson.reference.rows
        print(f"  reference of {few} rows: drift is judged from {FEWEST_ROWS:,} on")
    print(f"  importance: growth of MAE in {unit} when a feature is shuffled")
    for place, (name, growth) in enumerate(lesson.importances.items(), start=1):
        print(f"    {place:>2}. {name:<14}{growth:>8.3f}")


def validate(
    registry: Registry, lessons: Sequence[Lesson], history: History, features: Sequence[Feature]
) -> None:
    """Ask the saved models about rows they never saw, as the service will.

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


def ready(registry: Registry, lessons: Sequence[Lesson]) -> None:
    """Say which versions are ready and which serve."""
    names = ", ".join(f"{lesson.card.name}@{lesson.card.version}" for lesson in lessons)
    print(f"\nREADY: {names} in {registry.root}")
    for lesson in lessons:
        print(f"  champion of {lesson.card.name}: {registry.champion(lesson.card.name)}")
