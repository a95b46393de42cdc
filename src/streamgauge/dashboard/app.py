"""The web application: the page, its events, and the API over one board."""

from collections.abc import Collection
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from streamgauge import __version__
from streamgauge.dashboard.acknowledgement import Acknowledgement
from streamgauge.dashboard.alert_row import firing, pending, recent
from streamgauge.dashboard.answer import answer, refuse
from streamgauge.dashboard.baseline import Baseline
from streamgauge.dashboard.board import Board
from streamgauge.dashboard.events import Events
from streamgauge.dashboard.guard import Guard
from streamgauge.dashboard.health import health
from streamgauge.dashboard.ml_metrics import UnknownValueError, metrics
from streamgauge.dashboard.monitoring import model_health, triggers
from streamgauge.dashboard.query import allow, choice, minutes
from streamgauge.settings import Settings

STATIC = Path(__file__).parent / "static"
STATES = ("firing", "pending", "resolved")


def create_app(
    board: Board, settings: Settings, *, hosts: Collection[str] | None = None
) -> Starlette:
    """The dashboard over a board that somebody else fills.

    `hosts` are the names under which it may be asked for; nothing means any. `settings` say where
    what is changed goes, and what an operator's token is.
    """
    events = Events(board)

    def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    def alive(_: Request) -> Response:
        link = board.ask(lambda _state, _now, link: link)
        body = {"kafka": "up" if link.up else "down", "since": link.since}
        body |= {"status": "ok" if link.up else "stale", "version": __version__}
        return answer({**body, "clients": events.clients, "dropped_clients": events.dropped})

    def ml_health(request: Request) -> Response:
        allow(request)
        found = board.ask(lambda state, now, link: health(state, now, kafka_up=link.up))
        return answer(found, 503 if found.status == "critical" else 200)

    def ml_metrics(request: Request) -> Response:
        allow(request, "model_id", "version", "minutes")
        asked = request.query_params
        back = minutes(request)
        return answer(
            board.ask(
                lambda state, now, _: metrics(
                    state, now, asked.get("model_id"), asked.get("version"), back
                )
            )
        )

    def ml_alerts(request: Request) -> Response:
        allow(request, "model_id", "state")
        wanted, model = choice(request, "state", STATES), request.query_params.get("model_id")
        found = board.ask(
            lambda state, now, _: {
                "firing": firing(state),
                "pending": pending(state),
                "resolved": recent(state, now, within=24 * 3_600_000),
            }
        )
        rows = [
            row
            for name in STATES
            if wanted in (None, name)
            for row in found[name]
            if model in (None, row.labels.get("model"))
        ]
        return answer({"firing": len(found["firing"]), "alerts": rows})

    def monitored_health(request: Request) -> Response:
        allow(request)
        model = request.path_params["model"]
        return answer(board.ask(lambda state, _now, _link: model_health(state, model)))

    def monitored_triggers(request: Request) -> Response:
        allow(request)
        model = request.path_params["model"]
        return answer(board.ask(lambda state, _now, _link: triggers(state, model)))

    return Starlette(
        routes=[
            Route("/", page),
            Route("/events", events),
            Route("/health", alive),
            Route("/api/ml/health", ml_health),
            Route("/api/ml/metrics", ml_metrics),
            Route("/api/ml/alerts", ml_alerts),
            Route(
                "/api/ml/alerts/{fingerprint}/ack",
                Acknowledgement(settings, board).handle,
                methods=["POST", "DELETE"],
            ),
            Route("/monitoring/health/{model}", monitored_health),
            Route("/monitoring/retraining-triggers/{model}", monitored_triggers),
            Route("/api/ml/baseline", Baseline(settings).post, methods=["POST"]),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(Guard, hosts=hosts)],
        exception_handlers={UnknownValueError: refuse},
    )
