"""Every event once, while workers are killed; and a line to the broker that fails on demand."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.conftest import wait_until

from streamgauge.bench import command, exact
from streamgauge.bench.exact_log import Advance, Kill, gaps, summed
from streamgauge.bench.exact_proxy import Proxy
from streamgauge.embedded import free_port
from streamgauge.settings import InputError


@pytest.mark.kafka
def test_no_event_is_lost_or_doubled_while_two_workers_are_killed_under_load(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    command.bench("exact", seconds=12.0, workers=2, kill_every=4.0, rate=2_000, json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["pass"]
    figures = told["figures"]
    # A busy machine sends fewer than the 24,000 that are asked for.
    assert figures["events"] > 1_000
    assert figures["windows"] > 0
    assert figures["kills"] == 2
    assert (figures["lost"], figures["double"], figures["wrong"]) == (0, 0, 0)


def test_a_bench_without_workers_is_bad_input() -> None:
    with pytest.raises(InputError, match="--workers"):
        exact.run(workers=0)


def test_a_gap_is_from_the_kill_to_the_first_delta_of_another_owner() -> None:
    log = {
        0: [Advance(1.0, 0), Advance(2.5, 0), Advance(5.0, 9)],
        1: [Advance(1.0, 0), Advance(9.0, 7)],
        2: [Advance(1.0, 0), Advance(2.0, 0)],
    }
    kills = [Kill(2.0, frozenset({0, 2})), Kill(3.0, frozenset({1}))]
    assert gaps(kills[0], log) == [3.0]
    assert summed(kills, log) == {"takeover_s": 4.5, "takeover_max_s": 6.0, "failover_s": 6.0}
    assert summed([Kill(8.0, frozenset())], log) == {}


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that sends back what it gets, and counts nothing else."""

    def serve(line: socket.socket) -> None:
        with line:
            while data := line.recv(1_000):
                line.sendall(data)

    def accept(server: socket.socket) -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(line,)).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, args=(server,))
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_the_proxy_passes_on_swallows_answers_holds_and_resets(echo: int) -> None:
    with Proxy(free_port(), echo).running() as proxy:
        with connect(proxy) as line:
            line.sendall(b"a")
            assert line.recv(10) == b"a"
            proxy.switch("drop")
            line.sendall(b"b")
            line.settimeout(0.3)
            with pytest.raises(TimeoutError):
                line.recv(10)
            proxy.switch("pass")
            line.settimeout(5.0)
            assert is_reset(line)
        with connect(proxy) as line:
            proxy.switch("hold")
            line.sendall(b"c")
            line.settimeout(0.3)
            with pytest.raises(TimeoutError):
                line.recv(10)
            proxy.switch("pass")
        with connect(proxy) as line:
            line.sendall(b"d")
            assert line.recv(10) == b"d"


def test_the_proxy_refuses_who_asks_for_a_server_that_is_down() -> None:
    with Proxy(free_port(), free_port()).running() as proxy, connect(proxy) as line:
        assert is_reset(line)
    wait_until(lambda: not is_open(proxy.port), 5, "a closed port")


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5.0)


def is_reset(line: socket.socket) -> bool:
    try:
        return line.recv(10) == b""
    except ConnectionError:
        return True


def is_open(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
