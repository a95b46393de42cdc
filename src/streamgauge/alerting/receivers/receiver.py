"""What every receiver is: parameters that are its configuration, and one way to send."""

from pathlib import Path
from typing import Any, ClassVar, Protocol

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.message import Message
from streamgauge.contracts.alert import Alert


class DeliveryError(Exception):
    """A message was not accepted.

    `permanent` means that asking again is useless; `retry_after` is the time in seconds that the
    other side wants to be left alone. The text goes to the ledger: it holds no secret.
    """

    def __init__(
        self, detail: str, *, permanent: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.retry_after = retry_after


class ParameterError(Exception):
    """A parameter, or a default of it in `global`, is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Receiver(Protocol):
    """Someone who is told."""

    async def send(self, alert: Alert, message: Message) -> str:
        """Tell; returns what the other side answered. DeliveryError if it did not accept."""

    async def close(self) -> None:
        """Let go of connections."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole configuration says to each receiver of it.

    Relative files are looked for in `folder`. `hosts` are the names (`*.` for any below) and the
    networks (CIDR) that may be told; without them, public addresses only. `templates` are the
    files of the user's own texts.
    """

    folder: Path
    hosts: tuple[str, ...] = ()
    templates: tuple[Path, ...] = ()
    external_url: str = ""


class Defaults(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What a kind of receivers shares: fields of the configuration's `global`."""


class Parameters(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The parameters of one receiver. A kind is a subclass in a file of this folder.

    `retry_for` is how long a message is tried again before it counts as failed.
    """

    kind: ClassVar[str]
    defaults: ClassVar[type[Defaults]] = Defaults

    send_resolved: bool = True
    retry_for: str = "1h"

    def open(self, defaults: Any, surroundings: Surroundings) -> Receiver:
        """Check everything and return the receiver."""
        raise NotImplementedError

    def patience(self) -> float:
        """How long to try again, in seconds."""
        try:
            return duration.milliseconds(self.retry_for) / 1000
        except ValueError as error:
            raise ParameterError("retry_for", str(error)) from None
