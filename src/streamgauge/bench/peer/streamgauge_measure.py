"""The stage `measure` as it runs in production, clocked: `python -m … JOB`."""

import asyncio
import sys

from streamgauge.bench.peer.deployment import configured
from streamgauge.bench.peer.report import Job, Watch, tell
from streamgauge.stream_processors.measure import Measure

_LOOK_EVERY_S = 0.005


async def run(job: Job) -> None:
    """Measure the topic from its start; prints the pace, and goes on until it is ended.

    What is counted is written to the state log in the background, so somebody has to look there
    before this process goes.
    """
    measure = Measure(configured(job), trims=False)
    keeper = measure.keepers["predictions"]
    watch = Watch(job, lambda: keeper.events)
    await measure.app.start()
    told = False
    while True:
        if not told and (pace := watch.look()):
            told = True
            tell(pace)
        await asyncio.sleep(_LOOK_EVERY_S)


if __name__ == "__main__":
    asyncio.run(run(Job.of(sys.argv)))
