"""What the notifier says when its own port is another's."""

import asyncio
import socket

import pytest
from aiohttp import web

from streamgauge.alerting.delivery.health import listen
from streamgauge.settings import InputError


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(InputError, match=rf"alerting\.port: 127\.0\.0\.1:{port}: .*in use"):
            asyncio.run(listen("127.0.0.1", port, web.Application()))
