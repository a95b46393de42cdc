"""The way of alerts to their topics: a state is written when its transition is on `alerts`.

A crash between the two repeats a transition, which its id tells. The other way round the state
would say of a transition that is nowhere that it was told.
"""

from collections import deque
from threading import Lock

import msgspec

from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.stream_processors.outbox import Outbox


class _Owed(msgspec.Struct):
    """A state that is to be written, once what is before it is."""

    key: str
    body: bytes
    ready: bool


class AlertLine:
    """Writes transitions at once, and states in the order in which they came about."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._owed: deque[_Owed] = deque()
        # Deliveries are called back in the thread that flushes the outbox.
        self._lock = Lock()

    def tell(self, alert: Alert) -> None:
        """Write a transition on `alerts`, and on `alert-state` when that is delivered."""
        owed = _Owed(alert.fingerprint, codec.encode(alert), ready=False)
        with self._lock:
            self._owed.append(owed)

        def delivered(_offset: int) -> None:
            owed.ready = True
            self._write()

        self._outbox.put("alerts", alert.fingerprint, owed.body, delivered=delivered)

    def refresh(self, alert: Alert) -> None:
        """Write the newest values of an alert on `alert-state` only."""
        with self._lock:
            self._owed.append(_Owed(alert.fingerprint, codec.encode(alert), ready=True))
        self._write()

    def poll(self) -> None:
        """Write the states whose transitions were delivered meanwhile."""
        if self._owed:
            self._outbox.poll()

    def _write(self) -> None:
        with self._lock:
            while self._owed and self._owed[0].ready:
                owed = self._owed.popleft()
                self._outbox.put("alert-state", owed.key, owed.body)
