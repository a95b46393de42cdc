"""Which columns of a recorded file are what, as a person says it on the command line."""

from pathlib import Path

import msgspec

from streamgauge.producers.recording import Columns
from streamgauge.producers.table import Table


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """Options of a command; lists are separated by commas.

    All columns are features that are nothing else, unless `features` are named. `score` is a
    prediction too: the probability of the positive class.
    """

    version: str
    model: str | None = None
    features: str | None = None
    dimensions: str = ""
    id: str | None = None
    time: str | None = None
    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    baseline: int | None = None


def open_table(file: Path, choice: Choice) -> tuple[Table, Columns]:
    """A file and its columns; an `InputError` says which ones there are where one is missing."""
    table = Table(file)
    predicted = choice.score or choice.prediction
    named = [name for name in (choice.id, choice.time, choice.label, predicted) if name]
    dimensions = _split(choice.dimensions)
    features = (
        [name for name in table.columns if name not in {*named, *dimensions}]
        if choice.features is None
        else _split(choice.features)
    )
    single = {
        "--id": choice.id,
        "--time": choice.time,
        "--label": choice.label,
        "--prediction": choice.prediction,
        "--score": choice.score,
    }
    for option, name in single.items():
        table.require(option, [name] if name else [])
    table.require("--features", features)
    table.require("--dimensions", dimensions)
    table.expect_numbers([*features, *(name for name in (choice.label, predicted) if name)])
    if choice.time:
        table.expect_times(choice.time)
    return table, Columns(
        origin=str(file),
        model=choice.model or file.name.partition(".")[0],
        version=choice.version,
        features=features,
        dimensions=dimensions,
        id=choice.id,
        time=choice.time,
        label=choice.label,
        prediction=predicted,
        baseline=choice.baseline,
        task="score" if choice.score else None,
    )


def _split(names: str) -> list[str]:
    return [name for name in (part.strip() for part in names.split(",")) if name]
