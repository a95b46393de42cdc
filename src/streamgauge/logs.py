"""Logs: one JSON object a line where a machine reads them, colour where a person does."""

import logging
import sys

import structlog

from streamgauge.settings import Settings

_SECRET = ("password", "secret", "token", "key", "authorization", "webhook", "url")
log: structlog.stdlib.BoundLogger = structlog.get_logger()


def set_up(settings: Settings, service: str) -> None:
    """Send our logs and those of the libraries through one formatter, to standard error."""
    as_json = settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stderr.isatty()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        redact,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            last,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("faust", "mode", "aiokafka", "kafka", "venusian"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)


def redact(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Hide the value of every field whose name sounds like a secret.

    >>> redact(None, "info", {"event": "login", "sasl_password": "x"})
    {'event': 'login', 'sasl_password': '***'}
    """
    for name in event:
        if any(part in name.lower() for part in _SECRET):
            event[name] = "***"
    return event
