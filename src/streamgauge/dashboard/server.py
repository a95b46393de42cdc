"""`streamgauge dashboard`: the page and its API on port 8003."""

import socket
from pathlib import Path

import structlog
import uvicorn

from streamgauge.alerting.api.operator import LOOPBACK
from streamgauge.dashboard.app import create_app
from streamgauge.dashboard.board import Board
from streamgauge.dashboard.live import Live
from streamgauge.logs import set_up
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Settings, chosen_port, load

_log = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """uvicorn that ends the streams of events before it waits for its requests to end."""

    def __init__(self, board: Board, settings: Settings, host: str, port: int) -> None:
        local = host in ("127.0.0.1", "::1", "localhost")
        app = create_app(board, settings, hosts=LOOPBACK if local else None)
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                limit_concurrency=1_000,
                timeout_graceful_shutdown=3,
            )
        )
        self._board = board

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._board.closed.set()
        await super().shutdown(sockets)


def dashboard(*, config: Path | None = None, port: int | None = None) -> None:
    """Show models, alerts, experiments and services, live, on one page.

    Parameters
    ----------
    config
        The settings file; STREAMGAUGE_CONFIG and the defaults if none is given.
    port
        Listen here instead of where the settings say.

    """
    settings = load(config)
    set_up(settings, "dashboard")
    host, port = settings.dashboard.host, chosen_port(port, settings.dashboard.port)
    _check_free(host, port)
    wait_for_kafka(settings.kafka)
    board = Board()
    server = Server(board, settings, host, port)
    with Live(settings.kafka, board):
        _log.info("the dashboard is open", page=f"http://{host}:{port}/")
        server.run()


def _check_free(host: str, port: int) -> None:
    """Say that a port is taken before waiting for anything else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(f"dashboard.host, dashboard.port: {host}:{port}: {error}") from None
