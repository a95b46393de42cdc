"""One training, pure: rows in, the files of a version out."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from streamgauge.contracts.reference import AnyField, Reference
from streamgauge.models import card as cards
from streamgauge.models import forest, quality
from streamgauge.models.card import Card, Confidence, Data
from streamgauge.models.feature import Feature, matrix
from streamgauge.models.history import History
from streamgauge.models.importance import rank
from streamgauge.models.predictor import Predictor
from streamgauge.models.reference import Held, reference
from streamgauge.models.target import Floats, Target

HELD_OUT = 0.25


class Lesson(msgspec.Struct, frozen=True, kw_only=True):
    """A trained version that nobody has saved yet, with what its report needs.

    `truth` and `said` are the true and the predicted values of the held-out rows.
    """

    target: Target
    card: Card
    files: dict[str, bytes]
    reference: Reference
    importances: dict[str, float]
    quality: quality.Quality
    truth: Floats
    said: Floats


def learn(
    history: History,
    features: Sequence[Feature],
    target: Target,
    *,
    version: str,
    variant: str,
    seed: int,
    now: int,
    schema: Mapping[str, AnyField] | None = None,
) -> Lesson:
    """Train on three quarters of the rows, drawn by the seed, and judge on the rest.

    `schema` is what the version's features were already counted on, if it was trained before.
    """
    import skops.io

    x = matrix(history.rows, features)
    y = np.array([row[target.name] for row in history.rows], dtype=np.float64)
    seen, unseen = split(len(y), seed)
    recipe = forest.VARIANTS[variant]
    fitted = forest.fit(x[seen], y[seen], target, recipe, seed)
    ratios = forest.out_of_bag(fitted, x[seen], y[seen], target)
    predictor = Predictor(fitted, transform=target.transform, ratios=ratios, within=target.within)
    said, confidence = predictor.predict(x[unseen])
    median = float(np.median(y[seen]))
    found = quality.measure(y[unseen], said, median, target, confidence)
    constant = np.full(len(unseen), median)
    importances = rank(predictor, features, x[unseen], y[unseen], seed)
    frozen = reference(
        target.name,
        version,
        features,
        history.rows,
        Held(unseen.tolist(), said, confidence, y[unseen]),
        now=now,
        importances=importances,
        schema=schema,
    )
    raw = skops.io.dumps(fitted, compression=zipfile.ZIP_DEFLATED)
    card = Card(
        name=target.name,
        version=version,
        created=now,
        sha256=hashlib.sha256(raw).hexdigest(),
        features=list(features),
        libraries=cards.libraries(),
        data=Data(
            sha256=history.sha256,
            rows=len(y),
            train_rows=len(seen),
            test_rows=len(unseen),
            seed=seed,
        ),
        target=target.name,
        unit=target.unit,
        transform=target.transform,
        variant=variant,
        parameters={k: v for k, v in msgspec.to_builtins(recipe).items() if v is not None},
        metrics=found,
        baseline=quality.measure(y[unseen], constant, median, target, None),
        gates=quality.gates(found, target),
        confidence=Confidence(within=target.within, ratios=ratios),
        reference=frozen.hash,
    )
    return Lesson(
        target=target,
        card=card,
        files=_files(card, raw, msgspec.json.encode(frozen), importances),
        reference=frozen,
        importances=importances,
        quality=found,
        truth=y[unseen],
        said=said,
    )


def split(rows: int, seed: int) -> tuple[Any, Any]:
    """Places of the rows to learn from and of those held out.

    >>> seen, unseen = split(8, seed=0)
    >>> len(seen), len(unseen), sorted({*seen.tolist(), *unseen.tolist()}) == list(range(8))
    (6, 2, True)
    """
    order = np.random.default_rng(seed).permutation(rows)
    kept = rows - round(rows * HELD_OUT)
    return order[:kept], order[kept:]


def _files(
    card: Card, raw: bytes, frozen: bytes, importances: Mapping[str, float]
) -> dict[str, bytes]:
    return {
        "model.skops": raw,
        "model_card.json": cards.as_json(card),
        "card.toml": cards.as_toml(card).encode(),
        "reference.json": frozen + b"\n",
        "importances.json": msgspec.json.format(msgspec.json.encode(importances)) + b"\n",
    }
