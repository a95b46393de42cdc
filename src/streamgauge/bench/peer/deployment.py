"""The deployment of streamgauge that is measured."""

import tempfile
from pathlib import Path

from streamgauge.bench.peer.event import DIMENSIONS
from streamgauge.bench.peer.report import Job
from streamgauge.settings import Kafka, Settings, Window, Worker


def configured(job: Job) -> Settings:
    """The settings of a deployment that measures this traffic."""
    asked = {"dimensions": DIMENSIONS}
    known = {name: value for name, value in asked.items() if name in Window.__struct_fields__}
    return Settings(
        kafka=Kafka(brokers=job.brokers, partitions=job.partitions),
        window=Window(**known),  # type: ignore[arg-type]  # names that it has
        worker=Worker(datadir=Path(tempfile.mkdtemp())),
    )
