"""Where messages arrive in tests of this room."""

from collections.abc import Iterator

import pytest

from .receiver_end import MailBox, SlackEnd, mail_server, slack_server


@pytest.fixture
def mailbox() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def slack() -> Iterator[SlackEnd]:
    with slack_server() as end:
        yield end
