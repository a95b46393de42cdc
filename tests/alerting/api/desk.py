"""A notifier's desk over a real dispatcher: what is written counts at once, as if Kafka had it."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from streamgauge.alerting.api.app import create_app
from streamgauge.alerting.api.slack_route import Reply, send
from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.inhibition import Inhibition
from streamgauge.alerting.routing.notice import Notice
from streamgauge.alerting.routing.plan import Aim, Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.notification import Notification
from streamgauge.embedded import free_port
from streamgauge.settings import Alerting

TOKEN = "an-operators-token"
CONFIGURATION = """\
route:
  receiver: team
  group_by: [alertname]
  group_wait: 0s
  routes:
  - receiver: pager
    matchers: [severity="critical"]
inhibit_rules:
- source_matchers: [alertname="Down"]
  target_matchers: [severity="warning"]
  equal: [service]
receivers:
- name: team
  console_configs: [{}]
- name: pager
  webhook_configs: [{url_file: hook}]
streamgauge: {}
"""


def plan() -> Plan:
    pager = Route(
        receiver="pager",
        key='{}/{severity="critical"}',
        matchers=(read_matcher('severity="critical"'),),
        group_by=("alertname",),
        group_wait=0,
        group_interval=1_000,
    )
    return Plan(
        route=Route(
            receiver="team",
            group_by=("alertname",),
            group_wait=0,
            group_interval=1_000,
            routes=(pager,),
        ),
        receivers={
            "team": (Aim("team/console", send_resolved=True),),
            "pager": (Aim("pager/webhook", send_resolved=True),),
        },
        inhibitions=(
            Inhibition(
                (read_matcher('alertname="Down"'),),
                (read_matcher('severity="warning"'),),
                ("service",),
            ),
        ),
    )


def wall_clock() -> int:
    return time.time_ns() // 1_000_000


class TestDesk:
    """`notices` are what people were told; `written` what was put on topics."""

    __test__ = False

    def __init__(self, clock: Callable[[], int] = wall_clock) -> None:
        self.clock = clock
        self.state = Dispatcher(plan())
        self.reign: int | None = 1
        self.written: list[Alert | Silence | Ack] = []
        self.notices: list[Notice] = []
        self.entries: list[Notification] = []
        self.wrong: str | None = None

    def epoch(self) -> int | None:
        return self.reign

    def dispatcher(self) -> Dispatcher:
        self.tell()
        return self.state

    def plan(self) -> Plan:
        return plan()

    def configuration(self) -> str:
        return CONFIGURATION

    def external_url(self) -> str:
        return "https://alerts.example.org/gauge"

    async def history(self, since: int) -> Sequence[Notification]:
        return [entry for entry in self.entries if entry.ts >= since]

    async def put_silence(self, silence: Silence) -> None:
        self.written.append(silence)
        self.state.silence(silence, self.clock())

    async def put_ack(self, ack: Ack) -> None:
        self.written.append(ack)
        self.state.acknowledge(ack, self.clock())

    async def put_alerts(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            self.written.append(alert)
            self.state.take(alert, self.clock())
        self.tell()

    async def reload(self) -> str | None:
        return self.wrong

    def tell(self) -> None:
        """Everybody is told at once."""
        now = self.clock()
        for notice in self.state.advance(now):
            self.notices.append(notice)
            self.state.settle(notice, delivered=True, at=now)


@asynccontextmanager
async def opened(
    desk: TestDesk,
    alerting: Alerting | None = None,
    clock: Callable[[], int] = wall_clock,
    reply: Reply = send,
) -> AsyncIterator[str]:
    """The address of an API over the desk."""
    port = free_port()
    runner = web.AppRunner(
        create_app(desk, alerting or Alerting(token=TOKEN), clock=clock, reply=reply),
        access_log=None,
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
