"""Answers as JSON, and those that name what was wrong with a question."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from streamgauge.contracts.codec import encode
from streamgauge.dashboard.ml_metrics import UnknownValueError


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that no proxy keeps."""
    kept = {"cache-control": "no-store", **(headers or {})}
    return Response(encode(body), status, kept, media_type="application/json")


def refuse(_: Request, error: Exception) -> Response:
    """422 that names the parameter."""
    field = error.field if isinstance(error, UnknownValueError) else ""
    return answer({"error": str(error), "field": field}, 422)
