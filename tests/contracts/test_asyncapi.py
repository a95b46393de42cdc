import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamgauge.contracts.asyncapi import document
from streamgauge.contracts.topics import every_topic

FILE = Path(__file__).parents[2] / "docs" / "asyncapi.json"


def references(node: Any) -> Iterator[str]:
    match node:
        case {"$ref": str(place)}:
            yield place
        case dict():
            for inner in node.values():
                yield from references(inner)
        case list():
            for inner in node:
                yield from references(inner)


def test_the_file_in_docs_is_fresh() -> None:
    fresh = json.loads(json.dumps(document()))
    assert json.loads(FILE.read_text("utf-8")) == fresh, "run `make docs`"


def test_every_topic_is_a_channel() -> None:
    assert set(document()["channels"]) == {topic.name for topic in every_topic()}


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    found = set(references(whole))
    assert found
    for place in found:
        node: Any = whole
        for step in place.removeprefix("#/").split("/"):
            node = node[step]


def test_internal_topics_are_not_offered_to_receivers() -> None:
    assert "receive-predictions" in document()["operations"]
    assert "receive-summaries" not in document()["operations"]
