"""What Kafka calls a topic beside its name: one that is deleted and made again has another id."""

from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient

_PATIENCE_S = 30.0
_NONE = "A" * 22


def topic_id(admin: AdminClient, topic: str) -> str:
    """The id of a topic; "" where the broker does not give ids. Blocks."""
    asked = admin.describe_topics(TopicCollection([topic]), request_timeout=_PATIENCE_S)
    found = str(asked[topic].result(_PATIENCE_S).topic_id)
    return "" if found == _NONE else found
