"""What the API asks of the notifier's process; everything else about it stays unknown here."""

from collections.abc import Sequence
from typing import Protocol

from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Plan
from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.notification import Notification


class Desk(Protocol):
    """The notifier as the API sees it. All methods are called on its event loop."""

    def epoch(self) -> int | None:
        """Under which claim this process tells people; None while another one does.

        It is another number whenever the process began anew to tell: what was kept in memory about
        the time before does not count any more. None also while the topics are still being read.
        """

    def dispatcher(self) -> Dispatcher:
        """What is known of alerts, silences and acknowledgements: it is only read here."""

    def plan(self) -> Plan:
        """Who is told what when, as it is in force now."""

    def configuration(self) -> str:
        """The configuration file in force, without any secret."""

    def external_url(self) -> str:
        """Where people reach the notifier; empty if nobody has said it."""

    async def history(self, since: int) -> Sequence[Notification]:
        """The entries of the ledger from that moment (ms) on, oldest first."""

    async def put_silence(self, silence: Silence) -> None:
        """Returns when `silences` has it and it counts here; KafkaException if it does not."""

    async def put_ack(self, ack: Ack) -> None:
        """Returns when `acks` has it and it counts here; KafkaException if it does not."""

    async def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Returns when `alerts` and `alert-state` have them; KafkaException if they do not."""

    async def reload(self) -> str | None:
        """Read the configuration file anew; what is wrong with it, and then the old one holds."""
