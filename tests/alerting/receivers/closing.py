"""A receiver for the time of a block."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from streamgauge.alerting.receivers.receiver import Receiver

R = TypeVar("R", bound=Receiver)


@asynccontextmanager
async def closing(receiver: R) -> AsyncIterator[R]:
    """It lets go of its connections at the end."""
    try:
        yield receiver
    finally:
        await receiver.close()
