"""Logs: one JSON object a line where a machine reads them, colour where a person does."""

import logging
import re
import sys
from typing import Any

import structlog

from streamgauge.settings import Settings

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_MASK = "***"
# Words of a name, wherever in it they stand.
_SECRET = re.compile(
    r"(?:^|_)(?:pass(?:word|wd|phrase)?|secrets?|tokens?|authorization|cookie|credentials?|webhook)"
    r"(?:_|$)"
)
# A key is a secret when its name says what it opens; a record's or a group's key is none.
_KEY = re.compile(
    r"(?:^|_)(?:api|access|private|pseudonym|receipt|routing|signing|ssl)_?keys?(?:_|$)"
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
# What gives itself away in a text: a login in an address, a header, an assignment, Slack's path.
_IN_TEXT = (
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^\s/@]+@", re.IGNORECASE), rf"\1{_MASK}@"),
    (
        re.compile(r"(\bbearer\s+|\bauthorization\W+basic\s+)[\w.~+/=-]+", re.IGNORECASE),
        rf"\1{_MASK}",
    ),
    (
        re.compile(
            r"((?:password|passwd|secret|token|api_?key|routing_?key)[\"']?\s*[=:]\s*[\"']?)"
            r"[^\s\"',&;)}]+",
            re.IGNORECASE,
        ),
        rf"\1{_MASK}",
    ),
    (re.compile(r"(hooks\.slack\.com/\w+/)[\w/-]+", re.IGNORECASE), rf"\1{_MASK}"),
)


def set_up(settings: Settings, service: str) -> None:
    """Send our logs and those of the libraries through one formatter, to standard error."""
    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _naming(service),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
    ]
    last: list[structlog.typing.Processor] = (
        [structlog.processors.JSONRenderer()]
        if as_json
        else [
            disarm,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            # After the traceback is text and before anything is written: nothing passes beside it.
            redact,
            *last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("faust", "mode", "aiokafka", "kafka", "venusian"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Faust warns at each start that its sensors, which are off, have no state of the rebalance.
    logging.getLogger("faust.app.base").setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _naming(service: str) -> structlog.typing.Processor:
    """Every line says which service wrote it; context variables would not reach other threads."""

    def name(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    return name


def redact(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Hide what a name calls a secret, at any depth, and what looks like one inside a text.

    >>> redact(None, "info", {"event": "login", "sasl_password": "x", "key": "prediction-7"})
    {'event': 'login', 'sasl_password': '***', 'key': 'prediction-7'}
    >>> redact(None, "info", {"event": "at redis://gauge:hush@127.0.0.1:6379/0"})
    {'event': 'at redis://***@127.0.0.1:6379/0'}
    """
    return {name: _shown(name, value) for name, value in event.items()}


def disarm(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    r"""What a stranger wrote commands no terminal and begins no line; JSON does the same by itself.

    >>> disarm(None, "info", {"event": "a\x1b[2J\nb"})
    {'event': 'a\\x1b[2J\\nb'}
    """
    return {
        name: _printable(value, keep="\n" if name == "exception" else "")
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }


def _printable(text: str, keep: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in keep else c.encode("unicode_escape").decode() for c in text
    )


def _shown(name: str, value: Any) -> Any:
    if _sounds_secret(name) and isinstance(value, (str, bytes, list, tuple, dict)):
        return _MASK
    match value:
        case None | bool() | int() | float():
            return value
        case dict():
            return {inner: _shown(str(inner), part) for inner, part in value.items()}
        case list() | tuple():
            return [_shown("", part) for part in value]
        case bytes():
            return _masked(value.decode("utf-8", "replace"))
        case _:
            # A renderer would print it: an exception or a client may carry an address with a login.
            return _masked(str(value))


def _masked(text: str) -> str:
    for pattern, shown in _IN_TEXT:
        text = pattern.sub(shown, text)
    return text


def _sounds_secret(name: str) -> bool:
    words = _HUMP.sub("_", name).lower()
    return bool(_SECRET.search(words) or _KEY.search(words))
