"""`streamgauge baseline from-file`: training rows as the reference of a version."""

import sys
import time as clock
from itertools import islice
from pathlib import Path

import msgspec

from streamgauge import settings
from streamgauge.baseline import training
from streamgauge.baseline.description import brief, page
from streamgauge.baseline.effective import next_window, was_seen
from streamgauge.baseline.publisher import publish
from streamgauge.baseline.shelf import first_of, read_references
from streamgauge.baseline.tally import Tally
from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import FEWEST_ROWS
from streamgauge.producers.choice import Choice, open_table
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.producers.recording import cases
from streamgauge.settings import InputError, Settings

_BATCH = 5_000


def from_file(
    file: Path,
    /,
    *,
    model: str,
    version: str,
    prediction: str | None = None,
    score: str | None = None,
    baseline: int | None = None,
    label: str | None = None,
    features: str | None = None,
    time: str | None = None,
    id: str | None = None,  # noqa: A002  # the option's name
    dimensions: str = "",
    dry_run: bool = False,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Freeze a CSV, JSON Lines or Parquet file of training rows as the reference of a version.

    The first reference of a version fixes the grid that its features are counted on. The options
    are those of `streamgauge replay`, so that the rows are what the stream would carry.

    Parameters
    ----------
    file
        Ends in .csv, .tsv, .jsonl or .parquet.
    model
        Name of the model, as its predictions have it.
    version
        Its version.
    prediction
        Column of what was predicted.
    score
        Instead: column of the probability of the positive class that was predicted.
    baseline
        Instead: the label of so many rows before is the prediction.
    label
        Column of what really happened.
    features
        Columns that are features, separated by commas; all others if not given.
    time
        Column of the moment: no feature.
    id
        Column of the prediction's id: no feature.
    dimensions
        Columns to count by, separated by commas: no features.
    dry_run
        Say what would be frozen, and publish nothing.
    json
        Print one JSON object.
    config
        Settings file.

    """
    options = settings.load(config)
    if sum(one is not None for one in (prediction, score, baseline)) > 1:
        raise InputError("--prediction, --score and --baseline exclude each other")
    if baseline is not None and (baseline < 1 or label is None):
        raise InputError("--baseline: expected at least 1, and a --label")
    choice = Choice(
        model=model,
        version=version,
        features=features,
        dimensions=dimensions,
        id=id,
        time=time,
        label=label,
        prediction=prediction,
        score=score,
        baseline=baseline,
    )
    tally = _tally(file, choice, options)
    now = clock.time_ns() // 1_000_000
    first, effective = None, 0
    if not dry_run:
        wait_for_kafka(options.kafka)
        first = first_of(read_references(options.kafka), model, version)
        if first is not None:
            effective = first.effective
        elif was_seen(options.kafka, model, version, now):
            effective = next_window(now, options.window)
    made = training.reference(
        tally,
        model,
        version,
        now=now,
        schema=first.schema if first else None,
        effective=effective,
    )
    if not dry_run:
        publish(options.kafka, made)
    if json:
        print(encode(brief(made, now)).decode())
    else:
        print("\n".join(page(made, now)))
        print("nothing was published" if dry_run else "published")
    if made.rows < FEWEST_ROWS:
        print(f"streamgauge: {file}: {made.rows} rows are too few to judge by", file=sys.stderr)


def _tally(file: Path, choice: Choice, options: Settings) -> Tally:
    table, columns = open_table(file, choice)
    tally = Tally(options.join.positive)
    if (allowed := options.client.fields) is not None:
        # What may not leave a service may not leave in a reference either.
        kept = [name for name in columns.features if name in allowed]
        columns = msgspec.structs.replace(columns, features=kept)
    try:
        rows = cases(table.rows(), columns)
        while batch := list(islice(rows, _BATCH)):
            tally.add([case.event for case in batch], [case.truth for case in batch])
    finally:
        table.close()
    if not tally.rows:
        raise InputError(f"{file}: no rows")
    return tally
