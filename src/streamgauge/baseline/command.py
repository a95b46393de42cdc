"""`streamgauge baseline list|show`: what streams are compared with."""

import time
from pathlib import Path

from streamgauge import settings
from streamgauge.baseline.description import brief, line, page
from streamgauge.baseline.shelf import in_force, read_references
from streamgauge.contracts.codec import encode
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError


def show_list(*, json: bool = False, config: Path | None = None) -> None:
    """List the references that are in force: of each version the newest, of either kind.

    Parameters
    ----------
    json
        One JSON object a line.
    config
        The settings file.

    """
    options = settings.load(config)
    wait_for_kafka(options.kafka)
    now = _now()
    found = in_force(read_references(options.kafka))
    for one in found:
        print(encode(brief(one, now)).decode() if json else line(one, now))
    if not found and not json:
        print("no version has a reference")


def show(model: str, version: str, /, *, json: bool = False, config: Path | None = None) -> None:
    """Show the reference of a version that is in force.

    Parameters
    ----------
    model
        Name of the model.
    version
        Its version.
    json
        The whole reference as it stands on the topic.
    config
        The settings file.

    """
    options = settings.load(config)
    wait_for_kafka(options.kafka)
    now = _now()
    every = in_force(read_references(options.kafka))
    for one in every:
        if (one.model, one.version) == (model, version):
            print(encode(one).decode() if json else "\n".join(page(one, now)))
            return
    known = ", ".join(f"{one.model}@{one.version}" for one in every) or "none"
    raise InputError(f"{model}@{version} has no reference; there are: {known}")


def _now() -> int:
    return time.time_ns() // 1_000_000
