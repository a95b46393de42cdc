"""`/api/ml/alerts/{fingerprint}/ack`: somebody takes care of an alert, or gives it back."""

import asyncio
import threading
import time

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer
from starlette.requests import Request
from starlette.responses import Response

from streamgauge.alerting.api import refusal
from streamgauge.alerting.api.acknowledgement import PostedAck, acknowledge, shown, withdraw
from streamgauge.alerting.api.alert_name import read_name
from streamgauge.contracts.alert import Ack, Alert
from streamgauge.contracts.codec import encode
from streamgauge.contracts.topics import TOPICS
from streamgauge.dashboard.answer import answer
from streamgauge.dashboard.board import Board
from streamgauge.dashboard.change import RefusedError, admit, decode, read_body
from streamgauge.settings import Settings

_log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)
_TOPIC = TOPICS["acks"].name
_PATIENCE_S = 5.0


class Acknowledgement:
    """Writes to `acks`, for who has the operator's token; the notifier and every page read it."""

    def __init__(self, settings: Settings, board: Board) -> None:
        self._settings = settings
        self._board = board
        self._token = settings.dashboard.secret()
        self._producer: Producer | None = None
        self._making = threading.Lock()

    async def handle(self, request: Request) -> Response:
        """200 with the acknowledgement; 4xx or 503 with what is wrong. DELETE gives it back."""
        now = time.time_ns() // 1_000_000
        try:
            admit(request, self._token)
            made = await self._made_of(request, now)
            await asyncio.to_thread(self._write, made)
        except refusal.RefusedError as error:
            return answer({"error": str(error), "field": ""}, error.status)
        except RefusedError as error:
            return error.answer()
        sender = request.client.host if request.client else "unknown"
        _log.info(
            "alert acknowledged" if made.ends_at > now else "acknowledgement withdrawn",
            alert=made.id,
            owner=made.owner,
            until=made.ends_at,
            note=made.note,
            sender=sender,
        )
        return answer(shown(made, now))

    async def _made_of(self, request: Request, now: int) -> Ack:
        fingerprint, episode = read_name(request.path_params["fingerprint"])
        alert, ack = self._known(fingerprint)
        if request.method != "DELETE":
            asked = decode(await read_body(request), PostedAck).meaning(episode)
            return acknowledge(asked, alert, now).after(ack)
        if (
            ack is None
            or episode not in (None, ack.episode)
            or (over := withdraw(ack, now)) is None
        ):
            raise RefusedError(404, "nobody has acknowledged it")
        return over

    def _known(self, name: str) -> tuple[Alert | None, Ack | None]:
        def ask(alert: Alert | None, acks: dict[str, Ack]) -> tuple[Alert | None, Ack | None]:
            return alert, acks.get(alert.episode_id) if alert else None

        return self._board.ask(lambda state, _now, _link: ask(state.alerts.get(name), state.acks))

    def _write(self, ack: Ack) -> None:
        """Returns when Kafka has it; 503 if it does not in time."""
        told: list[str] = []

        def report(error: KafkaError | None, _message: Message) -> None:
            told.append("" if error is None else error.str())

        producer = self._open()
        try:
            producer.produce(_TOPIC, encode(ack), ack.id, on_delivery=report)
            producer.flush(2 * _PATIENCE_S)
        except (KafkaException, BufferError) as error:
            raise RefusedError(503, f"Kafka: {error}") from None
        if told != [""]:
            raise RefusedError(503, f"Kafka: {''.join(told) or 'no answer'}")

    def _open(self) -> Producer:
        with self._making:
            if self._producer is None:
                options = {
                    **self._settings.kafka.confluent(),
                    "acks": "all",
                    "enable.idempotence": True,
                    "message.timeout.ms": int(_PATIENCE_S * 1000),
                    "log_level": 2,
                }
                self._producer = Producer(options)
            return self._producer
