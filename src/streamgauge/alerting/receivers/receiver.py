"""What every receiver is: parameters that are its configuration, and one way to send."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from streamgauge.alerting import duration
from streamgauge.alerting.routing.notice import Notice
from streamgauge.contracts.alert import Alert


class DeliveryError(Exception):
    """A message was not accepted.

    `permanent` means that asking again is useless; `retry_after` is the time in seconds that the
    other side wants to be left alone; `unknown` that it may have accepted although no answer came,
    so that the next try is `Context.again`. The text goes to the ledger: it holds no secret.
    """

    def __init__(
        self,
        detail: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(detail)
        self.permanent = permanent
        self.retry_after = retry_after
        self.unknown = unknown


class ParameterError(Exception):
    """A parameter, or a default of it in `global`, is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Delivered(msgspec.Struct, frozen=True):
    """The other side accepted: what it answered, and by what name the message can be found again.

    `thread` goes to the ledger and comes back as `Context.thread` of the group episode's later
    notices.
    """

    detail: str
    thread: dict[str, str] = {}


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the notices.

    `thread` names earlier messages of the notice's group episode; it is empty if several notices
    come at once. `again` says that the outcome of an earlier try is unknown. `external_url` is
    where people reach the notifier. `ack_link` makes the address at which an alert's episode can
    be acknowledged.
    """

    thread: Mapping[str, str] = {}
    again: bool = False
    external_url: str = ""
    ack_link: Callable[[Alert], str] | None = None


class Receiver(ABC):
    """Someone who is told.

    `concurrency`: sends in flight at once, of different groups. `rate`: messages a second, after
    `burst` at once; None is without a limit. `coalesces`: several groups' notices may come in one
    `send`, otherwise it is exactly one. `folds`: the other side shows what comes again under the
    same key once; where it does not, what is in flight during a crash is seen twice, so messages go
    one by one unless many wait.
    """

    concurrency: int = 1
    rate: float | None = None
    burst: int = 1
    coalesces: bool = False
    folds: bool = False

    @abstractmethod
    async def send(self, notices: Sequence[Notice], context: Context) -> Delivered:
        """Tell; DeliveryError if the other side did not accept. May be cancelled at any time."""

    async def close(self) -> None:
        """Let go of connections."""
        return


class Defaults(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What a kind of receivers shares: fields of the configuration's `global`."""


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


class Parameters(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """The parameters of one receiver. A kind is a subclass in a file of this folder.

    `retry_for` is how long a message is tried again before it counts as failed.
    """

    kind: ClassVar[str]
    defaults: ClassVar[type[Defaults]] = Defaults

    send_resolved: bool = True
    retry_for: str = "1h"

    def open(self, defaults: Any, surroundings: Surroundings) -> Receiver:
        """Check everything and return the receiver; ParameterError names the wrong field."""
        raise NotImplementedError

    def patience(self) -> float:
        """How long to try again, in seconds."""
        try:
            return duration.milliseconds(self.retry_for) / 1000
        except ValueError as error:
            raise ParameterError("retry_for", str(error)) from None
