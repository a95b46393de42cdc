"""The parameters of a request, checked: an unknown name or value is an error that names it."""

from collections.abc import Collection

from starlette.requests import Request

from streamgauge.dashboard.ml_metrics import UnknownValueError

DAY = 1_440


def allow(request: Request, *names: str) -> None:
    """Refuse parameters that nobody reads, and those given twice."""
    for name in request.query_params:
        if name not in names:
            known = ", ".join(names) or "none"
            raise UnknownValueError(name, f"unknown parameter; known: {known}")
        if len(request.query_params.getlist(name)) > 1:
            raise UnknownValueError(name, "given more than once")


def minutes(request: Request, default: int = 60) -> int:
    """How far back, 1 to 1440."""
    raw = request.query_params.get("minutes", str(default))
    if not (raw.isascii() and raw.isdigit() and 1 <= len(raw) <= 4 and 1 <= int(raw) <= DAY):
        raise UnknownValueError("minutes", f"expected a whole number from 1 to {DAY}")
    return int(raw)


def choice(request: Request, name: str, values: Collection[str]) -> str | None:
    """One of a few words, or nothing if it is not given."""
    raw = request.query_params.get(name)
    if raw is not None and raw not in values:
        raise UnknownValueError(name, f"expected one of {', '.join(values)}")
    return raw
