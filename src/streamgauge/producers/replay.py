"""`streamgauge replay`: a recorded file as predictions and outcomes, as if it happened now."""

import asyncio
import logging
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec

from streamgauge.producers.choice import Choice, open_table
from streamgauge.producers.client import Client
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.producers.dataset import dataset as find
from streamgauge.producers.pace import pace
from streamgauge.producers.questioner import Questioner
from streamgauge.producers.recording import Case, Columns, Step, Timing, cases, outcome, steps
from streamgauge.producers.simulate import until_signal
from streamgauge.producers.table import Table
from streamgauge.producers.tally import Tally
from streamgauge.settings import InputError, Settings, UnavailableError, load

_log = logging.getLogger(__name__)
RATE = 100.0
ORIGINAL = "sg_original_ts"
# Kafka must have taken so many before the next are read: a replay loses nothing.
BURST = 5_000


def replay(
    file: Path | None = None,
    *,
    dataset: str | None = None,
    model: str | None = None,
    version: str = "replay",
    time: str | None = None,
    speed: float | None = None,
    rate: float | None = None,
    label: str | None = None,
    label_delay: float = 0.0,
    id: str | None = None,  # noqa: A002  # the option's name
    prediction: str | None = None,
    score: str | None = None,
    baseline: int | None = None,
    ask: str | None = None,
    features: str | None = None,
    dimensions: str = "",
    config: Path | None = None,
    json: bool = False,
) -> None:
    """Send a CSV, JSON Lines or Parquet file as predictions and outcomes, rebased to now.

    Parameters
    ----------
    file
        Ends in .csv, .tsv, .jsonl or .parquet.
    dataset
        Instead of a file, a real recording that came with a package: water-flow.
    model
        Name of the model in the events; the file's name if not given.
    version
        Its version.
    time
        Column of the moment: ISO 8601, or seconds or milliseconds since 1970.
    speed
        So many times faster than it happened; the first row is now. Needs --time.
    rate
        So many rows a second, 100 if neither is given; with --time the last row is now.
    label
        Column of what really happened.
    label_delay
        Seconds between a prediction and its label.
    id
        Column of the prediction's id; a hash of file and line if not given.
    prediction
        Column of what was predicted.
    score
        Instead: column of the probability of the positive class that was predicted.
    baseline
        Instead: the label of so many rows before is the prediction.
    ask
        Instead: ask a served model, for example http://127.0.0.1:8002/predict/result_count.
    features
        Columns to send as features, separated by commas; all others if not given.
    dimensions
        Columns to count by, separated by commas.
    config
        Settings file.
    json
        Print the counts as one JSON object.

    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    settings = load(config)
    if dataset is not None:
        known = find(dataset)
        file, model = file or known.path(), model or dataset
        time, label = time or known.time, label or known.label
        baseline = baseline or (None if prediction or score or ask else known.baseline)
    if file is None:
        raise InputError("replay: expected a file or --dataset")
    _check(
        speed=speed,
        rate=rate,
        time=time,
        label=label,
        label_delay=label_delay,
        baseline=baseline,
        sources=(prediction, score, baseline, ask),
    )
    table, columns = open_table(
        file,
        Choice(
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
        ),
    )
    # A first look at everything: what is wrong with a row is told before anything is sent.
    first, last = _survey(table, columns)
    _warn_of_age(settings, time, speed, last - first)
    wait_for_kafka(settings.kafka)
    timing = Timing(
        start=clock.time(),
        rate=rate or RATE,
        speed=speed,
        first=first,
        last=last,
        label_delay=label_delay,
    )
    plan = steps(cases(table.rows(), columns), timing)
    try:
        tally = asyncio.run(until_signal(lambda stop: play(plan, settings, timing, ask, stop)))
    finally:
        table.close()
    print(msgspec.json.encode(tally).decode() if json else tally)


async def play(
    plan: Iterator[Step], settings: Settings, timing: Timing, ask: str | None, stop: asyncio.Event
) -> Tally:
    """Send the steps of a plan at their time; nothing is dropped, it rather takes longer."""
    tally = Tally()
    start = clock.monotonic()
    client = Client(
        settings.kafka.confluent(),
        service="replay",
        fields=settings.client.fields,
        pseudonym_key=settings.client.key(),
        queue=max(settings.client.queue, 2 * BURST),
    )
    try:
        async with AsyncExitStack() as stack:
            model = await stack.enter_async_context(Questioner(ask, client, tally)) if ask else None
            timed = ((at, (what, case)) for at, what, case in plan)
            async for what, case in pace(timed, stop):
                extra = _original(case)
                if model is not None:
                    await model.step(what, case, timing.label_delay, extra)
                elif what == "predict":
                    tally.predictions += client.emit(case.event, extra=extra)
                else:
                    tally.outcomes += client.emit(outcome(case, timing.label_delay), extra=extra)
                if (tally.predictions + tally.outcomes) % BURST == 0:
                    await _drain(client)
        await _drain(client)
    finally:
        await asyncio.to_thread(client.close)
        tally.dropped, tally.failed = client.counters.dropped, client.counters.failed
        tally.seconds = clock.monotonic() - start
    return tally


async def _drain(client: Client) -> None:
    if await asyncio.to_thread(client.flush, 60.0):
        raise UnavailableError("Kafka took no events for 60 s")


def _original(case: Case) -> list[tuple[str, bytes]] | None:
    if case.original is None:
        return None
    return [(ORIGINAL, str(round(case.original * 1000)).encode())]


def _survey(table: Table, columns: Columns) -> tuple[float, float]:
    """First and last moment of the file; raises for the first row that cannot be replayed."""
    first, last, count = float("inf"), float("-inf"), 0
    for case in cases(table.rows(), columns):
        count += 1
        if case.original is not None:
            first, last = min(first, case.original), max(last, case.original)
    if not count:
        raise InputError(f"{columns.origin}: no rows to replay")
    return (first, last) if columns.time else (0.0, 0.0)


def _warn_of_age(settings: Settings, time: str | None, speed: float | None, span: float) -> None:
    if time and speed is None and span > settings.window.max_age:
        _log.warning(
            "the recording spans %.0f days, and events older than %.0f days are refused by the "
            "measure stage: use --speed, or raise window.max_age",
            span / 86_400,
            settings.window.max_age / 86_400,
        )


def _check(
    *,
    speed: float | None,
    rate: float | None,
    time: str | None,
    label: str | None,
    label_delay: float,
    baseline: int | None,
    sources: Sequence[object],
) -> None:
    if speed is not None and rate is not None:
        raise InputError("replay: --speed and --rate exclude each other")
    if speed is not None and time is None:
        raise InputError("replay: --speed needs --time")
    for option, value in {"--speed": speed, "--rate": rate, "--baseline": baseline}.items():
        if value is not None and value <= 0:
            raise InputError(f"replay: expected {option} above 0, got {value}")
    if label_delay < 0:
        raise InputError(f"replay: expected --label-delay of at least 0, got {label_delay}")
    if sum(option is not None for option in sources) > 1:
        raise InputError("replay: --prediction, --score, --baseline, --ask exclude each other")
    if baseline is not None and label is None:
        raise InputError("replay: --baseline needs --label")
