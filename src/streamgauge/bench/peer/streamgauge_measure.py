"""The stage `measure` as it runs in production, clocked: `python -m … BROKERS TOTAL SECONDS`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from streamgauge.bench.peer.report import Watch
from streamgauge.settings import Kafka, Settings, Worker
from streamgauge.stream_processors.measure import Measure


async def run(brokers: str, total: int, seconds: float) -> None:
    """Measure the topic from its start; prints the pace and exits."""
    settings = Settings(
        kafka=Kafka(brokers=brokers), worker=Worker(datadir=Path(tempfile.mkdtemp()))
    )
    measure = Measure(settings, trims=False)
    keeper = measure.keepers["predictions"]
    watch = Watch(total, seconds, lambda: keeper.events)
    await measure.app.start()
    while True:
        watch.look()
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
