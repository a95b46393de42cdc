"""The AsyncAPI 3 document of all topics, generated; docs/asyncapi.json is held fresh by a test."""

from typing import Any

import msgspec

from streamgauge.contracts.topics import every_topic


def document() -> dict[str, Any]:
    """Channels, messages and schemas of every topic that carries a described event.

    >>> document()["asyncapi"]
    '3.0.0'
    """
    carried = sorted(
        {kind for topic in every_topic() for kind in topic.carries}, key=lambda kind: kind.__name__
    )
    _, schemas = msgspec.json.schema_components(carried, ref_template="#/components/schemas/{name}")
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for topic in every_topic():
        channels[topic.name] = {
            "address": topic.name,
            "description": topic.about,
            "messages": {
                kind.__name__: {"$ref": f"#/components/messages/{kind.__name__}"}
                for kind in topic.carries
            },
            "bindings": {"kafka": {"topicConfiguration": _binding(topic.config())}},
            "x-key": topic.key,
        }
        if topic.carries and not topic.internal:
            operations[f"receive-{topic.name}"] = {
                "action": "receive",
                "channel": {"$ref": f"#/channels/{topic.name}"},
            }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "streamgauge", "version": "1", "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {
                kind.__name__: {
                    "name": f"streamgauge.{kind.__name__.lower()}.v1",
                    "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
                }
                for kind in carried
            },
            "schemas": schemas,
        },
    }


def _binding(config: dict[str, str]) -> dict[str, Any]:
    binding: dict[str, Any] = {"cleanup.policy": [config["cleanup.policy"]]}
    if "retention.ms" in config:
        binding["retention.ms"] = int(config["retention.ms"])
    binding["max.message.bytes"] = int(config["max.message.bytes"])
    return binding


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(document()), indent=2).decode())
