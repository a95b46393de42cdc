"""What the archive says about itself on its own port: `/metrics` and `/health`."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from streamgauge.settings import InputError

# Writing a large batch takes a while; longer than this, an orchestrator should start it again.
_SILENT = 120.0
_REQUEST_TIMEOUT = 5


class Gauges:
    """Counters of one archiving process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.rows = self._counter("rows", "Rows archived", "kind")
        self.rejected = self._counter("rejected", "Records that were no row", "topic")
        self.lost = self._gauge("lost_records", "Deleted before they were archived", "topic")
        self.lag = self._gauge("lag_seconds", "Age of the oldest record not archived", "topic")
        self.used = self._gauge(
            "retention_used_ratio", "Lag, as a share of how long Kafka keeps the topic", "topic"
        )
        self.partitions = self._gauge("partitions", "Partitions that this process archives")
        self.files = self._gauge("files", "Files that count", "kind")
        self.bytes = self._gauge("bytes", "Their bytes", "kind")
        self.seconds = Histogram(
            "streamgauge_archive_write_seconds", "One write", registry=self.registry
        )
        self.seen = time.monotonic()

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(f"streamgauge_archive_{name}", about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(f"streamgauge_archive_{name}", about, labels, registry=self.registry)

    def health(self) -> tuple[int, dict[str, object]]:
        """The status code and the body of `/health`."""
        silent = time.monotonic() - self.seen
        alive = silent < _SILENT
        body: dict[str, object] = {
            "status": "ok" if alive else "stuck",
            "seconds_since_poll": round(silent, 1),
        }
        return (200 if alive else 503), body


def listen(host: str, port: int, gauges: Gauges) -> Callable[[], None]:
    """Answer in a thread of its own; what is returned ends that.

    An `InputError` names a port that is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        timeout = _REQUEST_TIMEOUT
        server_version = "streamgauge"
        sys_version = ""

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(gauges.registry))
            elif self.path == "/health":
                status, body = gauges.health()
                self._answer(status, "application/json", msgspec.json.encode(body))
            else:
                self._answer(404, "text/plain; charset=utf-8", b"/metrics and /health\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            """A scrape every few seconds is no news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        place = f"{host}:{port}"
        raise InputError(f"archive.host, archive.port: {place}: {error.strerror}") from None
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="archive-web", daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
