"""Where messages arrive in tests of this room."""

from collections.abc import Iterator

import pytest

from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.mail_end import MailBox, mail_server
from streamgauge.bench.receiver_end.pagerduty_end import PagerDutyEnd
from streamgauge.bench.receiver_end.slack_end import SlackEnd
from streamgauge.bench.receiver_end.webhook_end import AlertmanagerEnd, WebhookEnd


@pytest.fixture
def mailbox() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def slack() -> Iterator[SlackEnd]:
    with serve(SlackEnd) as end:
        yield end


@pytest.fixture
def pagerduty() -> Iterator[PagerDutyEnd]:
    with serve(PagerDutyEnd) as end:
        yield end


@pytest.fixture
def webhook() -> Iterator[WebhookEnd]:
    with serve(WebhookEnd) as end:
        yield end


@pytest.fixture
def peer() -> Iterator[AlertmanagerEnd]:
    with serve(AlertmanagerEnd) as end:
        yield end
