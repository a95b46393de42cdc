"""Settings of the archive: where history is kept, and for how long."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from streamgauge.section import Section

Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]


class Keep(Section, frozen=True):
    """For how many days each kind of rows is archived; `hot` ones lie in the folder itself.

    `measures` are windows shorter than 5 minutes, `aggregates` the longer ones.
    """

    predictions: Positive = 180
    outcomes: Positive = 180
    feedback: Positive = 180
    measures: Positive = 30
    aggregates: Positive = 365
    signals: Positive = 365
    ticks: Positive = 30
    summaries: Positive = 365
    hot: Positive = 30


class Archive(Section, frozen=True):
    """Where history is kept. `every` so many seconds, or `rows` rows, files are written.

    Days older than `keep.hot` move to the `cold` folder if there is one. `data_loss` says what to
    do where Kafka deleted records before they were archived: `record` the range and go on, or
    `stop`.
    """

    folder: Path = Path("var/archive")
    cold: Path | None = None
    every: Seconds = 60.0
    rows: Positive = 100_000
    tidy: Seconds = 600.0
    memory_mb: Positive = 1_024
    data_loss: Literal["record", "stop"] = "record"
    keep: Keep = Keep()
    host: str = "127.0.0.1"
    port: Port = 8006
