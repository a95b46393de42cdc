"""The references on the topic, and which of them is in force."""

import sys
from collections.abc import Iterable

from streamgauge.baseline.topic import values
from streamgauge.contracts.reference import Reference, is_newer
from streamgauge.contracts.reference_fault import read_reference
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka

TOPIC = TOPICS["references"].name


def read_references(kafka: Kafka) -> list[Reference]:
    """All that are on the topic, the first one first; what is none is told and passed over."""
    found = []
    for offset, value in values(kafka, TOPIC):
        one = read_reference(value)
        if isinstance(one, Reference):
            found.append(one)
        else:
            print(f"streamgauge: {TOPIC}/0/{offset}: {one}", file=sys.stderr)
    return found


def first_of(references: Iterable[Reference], model: str, version: str) -> Reference | None:
    """The reference that fixed the grid of a version, if it has one."""
    for one in references:
        if (one.model, one.version) == (model, version):
            return one
    return None


def in_force(references: Iterable[Reference]) -> list[Reference]:
    """The newest one of each version, of either kind, sorted by model and version."""
    newest: dict[tuple[str, str], Reference] = {}
    for one in references:
        if is_newer(one, newest.get((one.model, one.version))):
            newest[one.model, one.version] = one
    return [newest[key] for key in sorted(newest)]
