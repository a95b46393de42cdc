"""Wait for Kafka and Redis at a start, saying so, and give up in the end."""

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streamgauge.settings import Kafka, Redis, SettingsError, UnavailableError

_log = logging.getLogger(__name__)
_EVERY = 5.0
_ASK_TIMEOUT = 2.0


def wait_for_kafka(kafka: Kafka) -> None:
    """Return once a broker answers; `UnavailableError` after `kafka.start_timeout` seconds."""
    admin_client(kafka)


def admin_client(kafka: Kafka) -> AdminClient:
    """A client for administration whose broker answers, waited for as in `wait_for_kafka`."""
    for path in (kafka.ssl_cafile, kafka.ssl_certfile, kafka.ssl_keyfile):
        if path and not path.is_file():
            raise SettingsError(f"kafka: {path}: no such file")
    told: list[KafkaError] = []
    # librdkafka reports why it cannot connect by the callback only; the call just times out.
    options = {**kafka.confluent(), "error_cb": told.append, "log_level": 0}
    try:
        admin = AdminClient(options)
    except KafkaException as error:
        raise SettingsError(f"kafka: {error.args[0].str()}") from None

    def ask() -> str | None:
        told.clear()
        try:
            admin.list_topics(timeout=_ASK_TIMEOUT)
        except KafkaException as error:
            admin.poll(0)  # the callback is called from here only
            return _reason([*told, error.args[0]], kafka)
        return None

    _wait(f"Kafka at {kafka.brokers}", kafka.start_timeout, ask)
    return admin


def wait_for_redis(redis: Redis) -> None:
    """Return once Redis answers a PING; `UnavailableError` after `redis.start_timeout` seconds."""
    import redis as library

    try:
        store = library.from_url(
            redis.url,
            socket_connect_timeout=_ASK_TIMEOUT,
            socket_timeout=_ASK_TIMEOUT,
            **redis.options(),
        )
    except ValueError as error:
        raise SettingsError(f"redis.url: {error}") from None

    def ask() -> str | None:
        try:
            store.ping()
        except library.AuthenticationError:
            return "it refuses the credentials (redis.username, redis.password)"
        except (library.RedisError, OSError) as error:
            return f"no answer ({type(error).__name__})"
        return None

    with store:
        _wait(f"Redis at {_place(redis.url)}", redis.start_timeout, ask)


def _wait(what: str, timeout: float, ask: Callable[[], str | None]) -> None:
    start = time.monotonic()
    said = -_EVERY
    while reason := ask():
        waited = time.monotonic() - start
        if waited - said >= _EVERY:
            left = max(0.0, timeout - waited)
            _log.warning("waiting for %s: %s; giving up in %.0f s", what, reason, left)
            said = waited
        if waited >= timeout:
            raise UnavailableError(f"{what}: {reason}; waited {waited:.0f} s")
        time.sleep(min(0.2, timeout))


def _reason(errors: list[KafkaError], kafka: Kafka) -> str:
    codes = {error.code() for error in errors}
    if KafkaError._AUTHENTICATION in codes:  # noqa: SLF001 - librdkafka's own codes begin so
        return f"it refuses the credentials of user {kafka.sasl_username!r} (kafka.sasl_*)"
    if KafkaError._SSL in codes:  # noqa: SLF001 - as above
        return "the TLS handshake fails (kafka.security_protocol, kafka.ssl_*)"
    return "no answer"


def _place(url: str) -> str:
    """Host and port of an address; a password in it stays out of logs."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 6379}"
