"""All channels of a configuration, kept in step with it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from streamgauge.alerting.configuration import Limits, Target
from streamgauge.alerting.delivery.channel import Channel, Settle
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.ledger import Ledger
from streamgauge.alerting.delivery.pace import Pace
from streamgauge.alerting.delivery.receipt import Receipt
from streamgauge.alerting.receivers.receiver import Context


class Channels(Mapping[str, Channel]):
    """Channels by the name of their aim, each with its task."""

    def __init__(
        self,
        ledger: Ledger,
        gauges: Gauges,
        settle: Settle,
        context: Callable[[], Context],
        keep: Callable[[Receipt], None],
    ) -> None:
        self._ledger = ledger
        self._gauges = gauges
        self._settle = settle
        self._context = context
        self._keep = keep
        self._channels: dict[str, Channel] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._limits = Limits()
        self._overall = Pace(None, 1)

    def __getitem__(self, name: str) -> Channel:
        return self._channels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def follow(self, targets: Mapping[str, Target], limits: Limits) -> None:
        """Have a channel for each of these and for nobody else; all together keep the limits."""
        if limits != self._limits:
            self._limits, most = limits, limits.notifications_per_minute
            self._overall = Pace(None if most is None else most / 60, most or 1)
        for name in self._channels.keys() - targets.keys():
            self._tasks.pop(name).cancel()
            del self._channels[name]
        for name, target in targets.items():
            if name in self._channels:
                self._channels[name].use(target)
                continue
            channel = Channel(
                target,
                ledger=self._ledger,
                gauges=self._gauges.channel(name),
                settle=self._settle,
                context=self._context,
                overall=lambda: self._overall,
                keep=self._keep,
            )
            self._channels[name] = channel
            self._tasks[name] = asyncio.create_task(channel.run())

    def waiting(self) -> dict[str, int]:
        """How many notices of each are not settled."""
        return {name: channel.waiting() for name, channel in self._channels.items()}

    def clear(self) -> None:
        """Forget all that waits."""
        for channel in self._channels.values():
            channel.clear()

    async def idle(self, most: float) -> None:
        """Return when nothing is under way, or after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(most):
                for channel in self._channels.values():
                    await channel.idle()

    def check(self) -> None:
        """A channel ends by a fault of ours only: better restarted than deaf."""
        for task in self._tasks.values():
            if task.done():
                task.result()

    async def close(self) -> None:
        """End all."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
