"""The API and the events over real HTTP."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from streamgauge.dashboard.app import STATIC
from streamgauge.dashboard.board import Board, wall_clock

from .conftest import WaitUntil
from .http import get, get_json, listen
from .sample import alert, allocation, heartbeat, measure, tick


def fill(board: Board) -> None:
    now = wall_clock()
    start = now // 60_000 * 60_000 - 60_000
    board.fold([measure(start=start), heartbeat(now), tick(now), alert(at=now), allocation()])


def test_health_answers_200_when_well_and_503_when_nobody_answers(board: Board, site: str) -> None:
    status, body = get_json(site, "/api/ml/health")
    assert (status, body["status"]) == (503, "critical")
    fill(board)
    status, body = get_json(site, "/api/ml/health")
    assert (status, body["status"]) == (200, "ok")
    assert {"models", "inference", "feature_builder", "cache", "fallback"} <= body.keys()


def test_metrics_have_the_names_that_were_promised(board: Board, site: str) -> None:
    fill(board)
    status, body = get_json(site, "/api/ml/metrics?minutes=60")
    assert status == 200
    promised = {
        "inference_latency_p50": 45.0,
        "inference_latency_p95": 72.0,
        "inference_latency_p99": 98.0,
        "cache_hit_rate": 0.85,
        "ml_usage_rate": 0.92,
        "fallback_rate": 0.08,
        "error_rate": 0.02,
    }
    assert promised.items() <= body["current"].items()
    assert promised.items() <= body["history"][0].items()
    assert "timestamp" in body["history"][0]


def test_alerts_have_their_type_and_can_be_chosen(board: Board, site: str) -> None:
    fill(board)
    board.fold([alert("resolved", fingerprint="g", at=wall_clock(), model="other")])
    _, body = get_json(site, "/api/ml/alerts")
    assert [one["state"] for one in body["alerts"]] == ["firing", "resolved"]
    assert body["alerts"][0]["type"] == "PERFORMANCE_DEGRADED"
    _, body = get_json(site, "/api/ml/alerts?state=resolved")
    assert [one["fingerprint"] for one in body["alerts"]] == ["g"]
    _, body = get_json(site, "/api/ml/alerts?model_id=price")
    assert [one["fingerprint"] for one in body["alerts"]] == ["f"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/ml/metrics?model=price", "model"),
        ("/api/ml/metrics?minutes=0", "minutes"),
        ("/api/ml/metrics?minutes=1e3", "minutes"),
        ("/api/ml/metrics?minutes=%D9%A1", "minutes"),
        ("/api/ml/metrics?minutes=1&minutes=2", "minutes"),
        ("/api/ml/metrics?model_id=absent", "model_id"),
        ("/api/ml/metrics?version=9", "version"),
        ("/api/ml/alerts?state=loud", "state"),
        ("/api/ml/health?verbose=1", "verbose"),
    ],
)
def test_an_unknown_parameter_or_value_is_422_and_named(
    board: Board, site: str, path: str, field: str
) -> None:
    fill(board)
    status, body = get_json(site, path)
    assert (status, body["field"]) == (422, field)
    assert body["error"]


def test_the_dashboard_says_whether_kafka_answers(board: Board, site: str) -> None:
    board.link(up=False)
    status, body = get_json(site, "/health")
    assert (status, body["status"], body["kafka"]) == (200, "stale", "down")


@pytest.mark.parametrize("path", ["/", "/static/app.js", "/api/ml/alerts", "/absent", "/health"])
def test_every_answer_carries_the_strict_headers(site: str, path: str) -> None:
    _, headers, _ = get(site, path)
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_a_strange_host_name_is_refused_so_that_no_web_site_can_read_the_page(site: str) -> None:
    assert get(site, "/api/ml/alerts", host="evil.example")[0] == 421
    assert get(site, "/api/ml/alerts", host="localhost:8003")[0] == 200


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"]
)
def test_nothing_outside_the_static_files_is_served(site: str, path: str) -> None:
    assert get(site, path)[0] == 404


def test_the_page_names_no_other_host() -> None:
    for path in STATIC.rglob("*"):
        if path.suffix in {".html", ".js", ".css", ".svg"}:
            found = set(re.findall(r"https?://[\w.]+", path.read_text("utf-8")))
            assert found <= {"http://www.w3.org"}, path


def test_every_file_that_the_page_names_is_there() -> None:
    page = (STATIC / "index.html").read_text("utf-8")
    for name in re.findall(r'(?:href|src)="/static/([^"]+)"', page):
        assert (STATIC / name).is_file(), name
    scripts = {path.name for path in STATIC.glob("*.js")}
    assert scripts == set(re.findall(r"/static/(\w+\.js)", page))
    assert "innerHTML" not in "".join((STATIC / name).read_text("utf-8") for name in scripts)


def test_events_are_a_snapshot_and_then_what_changed(board: Board, site: str) -> None:
    fill(board)
    with listen(site) as events:
        kind, page = next(events)
        assert kind == "snapshot"
        assert [row["model"] for row in page["models"]] == ["price"]
        assert page["alerts"]["firing"][0]["summary"] == "price is slow"
        board.fold([measure(model="other", start=wall_clock() // 60_000 * 60_000)])
        kind, page = next(events)
        assert kind == "update"
        assert [row["model"] for row in page["models"]] == ["other"]
        assert "alerts" not in page


def test_a_quiet_stream_says_that_it_lives(board: Board, site: str) -> None:
    fill(board)
    with listen(site) as events:
        kinds = [next(events)[0] for _ in range(3)]
    assert kinds == ["snapshot", "comment", "update"]


def test_topics_that_begin_anew_make_a_new_snapshot(board: Board, site: str) -> None:
    fill(board)
    with listen(site) as events:
        next(events)
        board.clear()
        kind, page = next(events)
        assert (kind, page["models"]) == ("snapshot", [])


def test_many_clients_hear_the_same_and_are_forgotten_when_they_leave(
    board: Board, site: str, wait_until: WaitUntil
) -> None:
    fill(board)
    with listen(site) as one, listen(site) as two:
        assert next(one)[1]["models"] == next(two)[1]["models"]
        assert get_json(site, "/health")[1]["clients"] == 2
    wait_until(lambda: get_json(site, "/health")[1]["clients"] == 0, "both have left")


def test_a_client_that_does_not_read_delays_nobody_and_is_dropped(
    board: Board, site: str, wait_until: WaitUntil
) -> None:
    # Far more than the sockets buffer: every message then waits for the reader.
    board.fold([measure(model=f"{number}" + 50_000 * "m") for number in range(200)])
    place = urlsplit(site)
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.connect((place.hostname, place.port))
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: get_json(site, "/health")[1]["clients"] == 1, "it is being served")
        with listen(site) as events:
            assert next(events)[0] == "snapshot"
        wait_until(lambda: get_json(site, "/health")[1]["dropped_clients"] == 1, "it is dropped")


def test_the_font_comes_with_its_licence() -> None:
    licence = Path(STATIC / "font" / "LICENSE").read_text("utf-8")
    assert "SIL Open Font License" in licence
