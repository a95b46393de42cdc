"""A deployment as on its first day: nothing measured, and nothing said either."""

import time
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streamgauge.producers.connection import admin_client
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, UnavailableError

_TIMEOUT = 30.0
_OURS = ("state.", "measures", "summaries", "dead-letters")


def forget(kafka: Kafka, *, also: Iterable[str] = ()) -> None:
    """Delete what the stages keep and publish, and other topics by name; make all anew.

    Only for a broker that can delete, with no stage running.
    """
    admin = admin_client(kafka)
    groups = [group.group_id for group in admin.list_consumer_groups().result().valid]
    if groups:
        _settle(admin.delete_consumer_groups(groups).values())
    names = [name for name in _topics(admin) if name.startswith(_OURS) or name in set(also)]
    if names:
        _settle(admin.delete_topics(names, operation_timeout=_TIMEOUT).values())
    deadline = time.monotonic() + _TIMEOUT
    while gone := set(names) & set(_topics(admin)):
        if time.monotonic() > deadline:
            raise UnavailableError(f"topics are still there: {', '.join(sorted(gone))}")
        time.sleep(0.05)
    provision(kafka)


def _topics(admin: AdminClient) -> list[str]:
    return list(admin.list_topics(timeout=_TIMEOUT).topics)


def _settle(answers: Iterable[Future[Any]]) -> None:
    for answer in answers:
        try:
            answer.result()
        except KafkaException as error:
            # A group whose last member was killed is there until its session is over; it holds
            # nobody back, because what it committed is of topics that go.
            if error.args[0].code() != KafkaError.NON_EMPTY_GROUP:
                raise
