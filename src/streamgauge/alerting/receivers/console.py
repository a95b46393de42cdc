"""One coloured line an alert on standard output."""

import sys
from typing import Any, ClassVar

from streamgauge.alerting.message import Message
from streamgauge.alerting.receivers.receiver import Parameters, Surroundings
from streamgauge.contracts.alert import Alert

_COLOUR = {"critical": "31", "warning": "33", "info": "36"}
_RESOLVED = "32"


class Console(Parameters, frozen=True):
    """`console_configs`: nothing to set."""

    kind: ClassVar[str] = "console"

    def open(self, _defaults: Any, _surroundings: Surroundings) -> "ConsoleReceiver":
        """A receiver that prints."""
        return ConsoleReceiver()


class ConsoleReceiver:
    """Prints; standard output is looked up each time, so that it can be redirected."""

    async def send(self, alert: Alert, message: Message) -> str:
        """Print title and facts in one line."""
        facts = "; ".join(f"{name}: {text}" for name, text in message.facts)
        line = f"{message.title} | {facts}"
        if sys.stdout.isatty():
            colour = _RESOLVED if alert.state == "resolved" else _COLOUR.get(alert.severity, "0")
            line = f"\x1b[{colour}m{message.title}\x1b[0m | {facts}"
        print(line, flush=True)
        return "printed"

    async def close(self) -> None:
        """Nothing is held."""
