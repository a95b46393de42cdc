"""Faust's way to Kafka, but of transactions it reads only what was committed, and waits for less.

Faust reads what was rolled back, too, unless it writes in transactions itself. And it lets a broker
that has nothing to tell keep a fetch for 1.5 s: while that is of a silent topic or partition, what
comes to the others waits as long, since a fetch goes to a broker at a time. The hooks are private
to faust (`drivers.aiokafka`) and to aiokafka; test_transport.py holds them.
"""

from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

READ_COMMITTED = "read_committed"
# How long a broker may keep a fetch for which it has nothing yet.
_WAIT_MS = 100


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_consumer(self, loop: Any) -> Any:
        consumer: Any = super()._create_consumer(loop)
        # Both are handed to the fetcher when the consumer starts.
        if consumer._isolation_level not in ("read_uncommitted", READ_COMMITTED):  # noqa: SLF001 see above
            raise RuntimeError("aiokafka keeps its isolation level elsewhere")
        consumer._isolation_level = READ_COMMITTED  # noqa: SLF001 see above
        if not hasattr(consumer, "_fetch_max_wait_ms"):
            raise RuntimeError("aiokafka keeps its longest wait for a fetch elsewhere")
        consumer._fetch_max_wait_ms = _WAIT_MS  # noqa: SLF001 see above
        return consumer


class Consumer(driver.Consumer):
    """Faust's consumer over a thread that reads what is committed."""

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class App(faust.App):
    """A Faust app whose topics are read as they are committed, at once."""

    def _new_transport(self) -> Any:
        transport: Any = super()._new_transport()
        transport.Consumer = Consumer
        return transport
