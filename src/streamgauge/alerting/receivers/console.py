"""One coloured line a notice on standard output."""

import sys
from collections.abc import Sequence
from typing import Any, ClassVar

from streamgauge.alerting.message.message import Message
from streamgauge.alerting.receivers.receiver import (
    Context,
    Delivered,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.receivers.telling import Telling
from streamgauge.alerting.routing.notice import Notice

_COLOUR = {"critical": "31", "warning": "33", "info": "36"}
_RESOLVED = "32"
# Nobody has said other words for it.
_OURS = Telling({})


class Console(Parameters, frozen=True):
    """`console_configs`: nothing to set."""

    kind: ClassVar[str] = "console"

    def open(self, _defaults: Any, _surroundings: Surroundings) -> "ConsoleReceiver":
        """A receiver that prints."""
        return ConsoleReceiver()


class ConsoleReceiver(Receiver):
    """Prints; standard output is looked up each time, so that it can be redirected."""

    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Print title and facts in one line."""
        for notice in notices:
            print(_line(_OURS.say(notice, context).message), flush=True)
        return Delivered("printed")


def _line(message: Message) -> str:
    facts = "; ".join(f"{name}: {text}" for name, text in message.every_fact())
    title = message.title
    if sys.stdout.isatty():
        status = message.status
        colour = _RESOLVED if status == "resolved" else _COLOUR.get(message.severity, "0")
        title = f"\x1b[{colour}m{title}\x1b[0m"
    return f"{title} | {facts}"
