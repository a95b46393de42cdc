"""Faust's way to Kafka, but of transactions it reads only what was committed.

Faust reads what was rolled back, too, unless it writes in transactions itself. The hooks are
private to faust (`drivers.aiokafka`) and to aiokafka; test_transport.py holds them.
"""

from typing import Any

import faust
from faust.transport.drivers import aiokafka as driver

READ_COMMITTED = "read_committed"


class _Thread(driver.AIOKafkaConsumerThread):
    def _create_consumer(self, loop: Any) -> Any:
        consumer: Any = super()._create_consumer(loop)
        # It is handed to the fetcher when the consumer starts.
        if consumer._isolation_level not in ("read_uncommitted", READ_COMMITTED):  # noqa: SLF001 see above
            raise RuntimeError("aiokafka keeps its isolation level elsewhere")
        consumer._isolation_level = READ_COMMITTED  # noqa: SLF001 see above
        return consumer


class Consumer(driver.Consumer):
    """Faust's consumer over a thread that reads what is committed."""

    def _new_consumer_thread(self) -> _Thread:
        return _Thread(self, loop=self.loop, beacon=self.beacon)


class App(faust.App):
    """A Faust app whose topics are read as they are committed."""

    def _new_transport(self) -> Any:
        transport: Any = super()._new_transport()
        transport.Consumer = Consumer
        return transport
