"""`streamgauge baseline pin`: a period of the stream as the reference of a version."""

import time
from pathlib import Path

from streamgauge import settings
from streamgauge.baseline.closed_window import read_windows
from streamgauge.baseline.description import brief, page
from streamgauge.baseline.effective import next_window
from streamgauge.baseline.period import Period, period
from streamgauge.baseline.pinned import TooFewError, from_samples, from_windows
from streamgauge.baseline.publisher import publish
from streamgauge.baseline.shelf import first_of, read_references
from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import Reference
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Settings


def pin_period(
    options: Settings, model: str, version: str, period: Period, *, now: int
) -> Reference:
    """The reference that is in force from now on.

    Raises `InputError` where the period holds too little, and `UnavailableError` where Kafka does
    not take it; then nothing has changed.
    """
    first = first_of(read_references(options.kafka), model, version)
    windows = read_windows(options.kafka, model, version, period)
    try:
        if first is not None:
            made = from_windows(model, version, windows, period, now=now, held=first)
        else:
            made = from_samples(
                model,
                version,
                windows,
                period,
                now=now,
                effective=next_window(now, options.window),
            )
    except TooFewError as error:
        raise InputError(str(error)) from None
    publish(options.kafka, made)
    return made


def pin(
    *,
    model: str,
    version: str,
    from_: str | None = None,
    to: str | None = None,
    last: str | None = None,
    json: bool = False,
    config: Path | None = None,
) -> None:
    """Freeze a period of a version's own stream as its reference, from its closed windows.

    A version without a reference gets a grid that is made from the samples of these windows; its
    stream is counted on that from the next window on.

    Parameters
    ----------
    model
        Name of the model.
    version
        Its version.
    from_
        When the period begins: ISO 8601 (UTC unless it says other), or milliseconds since 1970.
    to
        When it ends.
    last
        Instead: so long up to now, for example 1h, as far as windows have closed.
    json
        Print one JSON object.
    config
        The settings file.

    """
    options = settings.load(config)
    now = time.time_ns() // 1_000_000
    asked = period(from_, to, last, now)
    wait_for_kafka(options.kafka)
    made = pin_period(options, model, version, asked, now=now)
    if json:
        print(encode(brief(made, now)).decode())
        return
    print("\n".join(page(made, now)))
    print("published")
