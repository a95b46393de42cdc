"""A dashboard that is really served, over a board that the test fills."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from streamgauge.dashboard.board import Board
from streamgauge.dashboard.server import Server
from streamgauge.embedded import free_port
from streamgauge.settings import Settings

WaitUntil = Callable[[Callable[[], object], str], None]


def _wait_until(condition: Callable[[], object], what: str, timeout: float = 240) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {timeout:.0f} s: {what}")
        time.sleep(0.02)


@contextmanager
def served(board: Board, port: int, settings: Settings | None = None) -> Iterator[str]:
    """The address of a dashboard over a board, while the block runs."""
    server = Server(board, settings or Settings(), "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _wait_until(lambda: server.started or not thread.is_alive(), "the server listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive(), "the server did not end"


@pytest.fixture
def wait_until() -> WaitUntil:
    return _wait_until


@pytest.fixture
def board() -> Board:
    return Board()


@pytest.fixture
def site(board: Board) -> Iterator[str]:
    """The address of the page over `board`."""
    with served(board, free_port()) as address:
        yield address
