"""A deployment as on its first day: nothing measured, and nothing said either."""

import time
from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from streamgauge.producers.connection import admin_client
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, UnavailableError

_TIMEOUT = 30.0
_LOOK_EVERY_S = 0.1
_GROUPS = "streamgauge-"
_OURS = ("state.", "measures", "summaries", "dead-letters")


def forget(kafka: Kafka, *, also: Iterable[str] = ()) -> None:
    """Delete what the stages keep and publish, and other topics by name; make all anew.

    Only for a broker that can delete, with no stage running. What committed a member that was
    killed can go when its session is over.
    """
    admin = admin_client(kafka)
    deadline = time.monotonic() + _TIMEOUT
    while groups := _delete_groups(admin):
        if time.monotonic() > deadline:
            raise UnavailableError(f"groups have members: {', '.join(groups)}")
        time.sleep(_LOOK_EVERY_S)
    names = [name for name in _topics(admin) if name.startswith(_OURS) or name in set(also)]
    for answer in admin.delete_topics(names, operation_timeout=_TIMEOUT).values() if names else ():
        answer.result()
    deadline = time.monotonic() + _TIMEOUT
    while gone := set(names) & set(_topics(admin)):
        if time.monotonic() > deadline:
            raise UnavailableError(f"topics are still there: {', '.join(sorted(gone))}")
        time.sleep(_LOOK_EVERY_S)
    provision(kafka)


def _delete_groups(admin: AdminClient) -> list[str]:
    """Delete what our stages committed; the groups that still have members."""
    found = admin.list_consumer_groups().result().valid
    names = [group.group_id for group in found if group.group_id.startswith(_GROUPS)]
    held = []
    for name, answer in admin.delete_consumer_groups(names).items() if names else ():
        try:
            answer.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.NON_EMPTY_GROUP:
                raise
            held.append(name)
    return held


def _topics(admin: AdminClient) -> list[str]:
    return list(admin.list_topics(timeout=_TIMEOUT).topics)
