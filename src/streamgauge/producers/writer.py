"""Events as they leave a service: which topic and key, whose name hidden, which fields left out."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from streamgauge.contracts.codec import headers
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.topics import TOPICS
from streamgauge.contracts.usage import Usage
from streamgauge.producers.pseudonym import pseudonyms

Headers = list[tuple[str, bytes]]
# Topic, value, key, headers.
Record = tuple[str, bytes, str, Headers]

# Hot topics carry one constant header.
_CE_PREDICTION = headers(
    Prediction(id="-", ts=0, model="-", version="-"), "-", 0, hot=TOPICS["predictions"].hot
)
_CE_OUTCOME = headers(
    Outcome(id="-", ts=0, prediction_id="-", truth=0.0), "-", 0, hot=TOPICS["outcomes"].hot
)


class Writer:
    """Turns events into Kafka records; `by_kind` maps each type of event to its function.

    `fields` lists the features that may leave, all if None. Without a `key` users are left out.
    """

    def __init__(self, fields: Collection[str] | None, key: bytes | None) -> None:
        self._fields = None if fields is None else frozenset(fields)
        self._hide = pseudonyms(key)
        self._keyed = bool(key)
        self._encode = msgspec.json.Encoder(enc_hook=_plain).encode
        self.by_kind: dict[type, Callable[[Any], Record]] = {
            Prediction: self.prediction,
            Outcome: self.outcome,
            Feedback: self.of_session,
            Usage: self.of_session,
            Heartbeat: self.heartbeat,
        }

    def prediction(self, event: Prediction) -> Record:
        """Keyed by its id; user and session hidden, features filtered."""
        if event.user is not None or event.session is not None:
            event = msgspec.structs.replace(
                event, user=self._pseudonym(event.user), session=self._pseudonym(event.session)
            )
        if self._fields is not None and not event.features.keys() <= self._fields:
            kept = {name: event.features[name] for name in event.features if name in self._fields}
            event = msgspec.structs.replace(event, features=kept)
        return "predictions", self._encode(event), event.id, _CE_PREDICTION

    def outcome(self, event: Outcome) -> Record:
        """Keyed by the prediction that it is about, so that both meet in one partition."""
        return "outcomes", self._encode(event), event.prediction_id, _CE_OUTCOME

    def of_session(self, event: Feedback | Usage) -> Record:
        """Keyed by the hidden session."""
        session = self._hide(event.session)
        event = msgspec.structs.replace(event, session=session, user=self._pseudonym(event.user))
        topic = "feedback" if isinstance(event, Feedback) else "usage"
        return topic, self._encode(event), session, headers(event, event.id, event.ts, hot=False)

    def heartbeat(self, event: Heartbeat) -> Record:
        """Keyed by the service."""
        ce = headers(event, f"{event.instance}-{event.ts}", event.ts, hot=False)
        return "heartbeats", self._encode(event), event.service, ce

    def _pseudonym(self, name: str | None) -> str | None:
        return self._hide(name) if name is not None and self._keyed else None


def _plain(value: Any) -> Any:
    """Numbers of numpy and the like, as Python's.

    >>> _plain(object())
    Traceback (most recent call last):
    TypeError: object cannot be written as JSON
    """
    if callable(item := getattr(value, "item", None)):
        return item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
