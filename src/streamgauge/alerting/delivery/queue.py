"""What waits to be told by one channel, and since when it may be. Pure; times in seconds."""

from heapq import heappop, heappush

from streamgauge.alerting.delivery.job import Job

# So many groups at most are told in one message.
_TOGETHER = 50


class Queue:
    """Jobs by the time from which they may be tried; of those of one time the first one first."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Job]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, due: float, job: Job) -> None:
        """From `due` on it may be tried."""
        self._count += 1
        heappush(self._heap, (due, self._count, job))

    def next_due(self) -> float | None:
        """When the next one may be tried; None if nothing waits."""
        return self._heap[0][0] if self._heap else None

    def pick(self, now: float, *, together: bool) -> list[Job]:
        """Take the next job; with it others that are due, where one message may tell of several."""
        jobs = [heappop(self._heap)[2]]
        if not together or jobs[0].thread:
            return jobs
        kept = []
        while self._heap and self._heap[0][0] <= now and len(jobs) < _TOGETHER:
            place = heappop(self._heap)
            # Those that may be repeats share a message that says so.
            if not place[2].thread and place[2].again == jobs[0].again:
                jobs.append(place[2])
            else:
                kept.append(place)
        for place in kept:
            heappush(self._heap, place)
        return jobs

    def clear(self) -> None:
        """Forget all of it."""
        self._heap.clear()
