"""`streamgauge serve`: the inference service on port 8002."""

import asyncio
import socket
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette

from streamgauge.baseline.publisher import Publisher
from streamgauge.contracts.reference import Reference
from streamgauge.logs import set_up
from streamgauge.models.assignment import Assignment
from streamgauge.models.endpoint import Endpoint, create_app
from streamgauge.models.follower import Follower
from streamgauge.models.reference import restricted
from streamgauge.models.registry import ArtifactError, Registry
from streamgauge.models.service import Service
from streamgauge.models.shelf import Shelf, fill
from streamgauge.producers.client import Client
from streamgauge.producers.pseudonym import pseudonyms
from streamgauge.settings import InputError, Settings, SettingsError, chosen_port, load

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def serve(*, config: Path | None = None, port: int | None = None) -> None:
    """Answer predictions over HTTP and publish each of them to Kafka.

    Parameters
    ----------
    config
        The settings file; STREAMGAUGE_CONFIG and the defaults if none is given.
    port
        Listen here instead of where the settings say.

    """
    settings = load(config)
    set_up(settings, settings.serve.name)
    listener = listen(settings.serve.host, chosen_port(port, settings.serve.port))
    with listener:
        uvicorn.Server(
            uvicorn.Config(
                build(settings),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        ).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, or an `InputError` that names the port."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind(address)
        except OSError:
            made.close()
            raise
    except OSError as error:
        raise InputError(f"serve: cannot listen on {host}:{port}: {error.strerror}") from None
    return made


def build(settings: Settings) -> Starlette:
    """The application with everything behind it; models are loaded before it answers."""
    assignment = Assignment(settings.experiments)
    registry = Registry(settings.serve.artifacts)
    shelf = fill(registry, assignment.versions())
    _announce(shelf, settings)
    receipts, key = settings.receipt.desk(), settings.client.key()
    if receipts is None:
        log.warning("no receipt.keys are set: predictions are answered without a receipt")
    if settings.serve.faults:
        log.warning("serve.faults is on: a request may ask for a fault")
    try:
        client = Client(
            # Without a broker librdkafka writes 20 lines a second; the pulse says it once.
            settings.kafka.confluent() | {"log_level": 2},
            service=settings.serve.name,
            fields=settings.client.fields,
            pseudonym_key=key,
            queue=settings.client.queue,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None
    service = Service(
        shelf,
        assignment,
        client.emit,
        receipts=receipts,
        hide=pseudonyms(key) if key else None,
    )
    publisher = Publisher(settings.kafka)
    follower = Follower(settings.redis, assignment) if assignment.experiments else None
    endpoint = Endpoint(service, client, follower, settings.serve)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # Before the first answer: what a version says is judged by how it should be.
        publisher.offer(references(registry, shelf, settings.client.fields))
        tasks = [asyncio.create_task(endpoint.pulse.run())]
        if follower:
            tasks.append(asyncio.create_task(follower.run()))
        for task in tasks:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            service.close()
            await asyncio.to_thread(publisher.close)
            await asyncio.to_thread(client.close)

    return create_app(endpoint, settings.serve, lifespan)


def references(
    registry: Registry, shelf: Shelf, fields: Collection[str] | None
) -> Iterator[Reference]:
    """What the streams of all loaded versions should be like, without features that stay here."""
    for model, version in shelf.versions:
        try:
            found = registry.reference(model, version)
        except ArtifactError as error:
            log.warning("no reference: nobody will notice drift", reason=str(error))
            continue
        if found is None:
            log.warning("no reference: nobody will notice drift", model=model, version=version)
        else:
            yield found if fields is None else restricted(found, fields)


def _report(task: "asyncio.Task[None]") -> None:
    """A background task that ends by itself is a bug; say so at once, not at shutdown."""
    if not task.cancelled() and (error := task.exception()):
        log.error("a background task ended", error=repr(error), exc_info=error)


def _announce(shelf: Shelf, settings: Settings) -> None:
    for model, version in shelf.versions:
        log.info("model loaded", model=model, version=version)
    for (model, version), reason in shelf.failures.items():
        log.error("model not loaded", model=model, version=version, reason=reason)
    if not shelf.champions:
        log.error("no models; run: streamgauge train", artifacts=str(settings.serve.artifacts))
