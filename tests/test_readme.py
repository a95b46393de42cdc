"""What the README tells a stranger to do works."""

import http.client
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.conftest import wait_until
from tests.stream_processors import records

from streamgauge.contracts.prediction import Prediction
from streamgauge.embedded import free_port
from streamgauge.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.kafka
def test_the_service_of_the_readme_publishes_its_predictions(deployment: Settings) -> None:
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1].replace("kafka:9092", deployment.kafka.brokers), names)
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(names["app"], port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started, 10, "the service")
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        caller.request("POST", "/price", body=json.dumps({"rooms": 3}))
        answer = caller.getresponse()
        assert json.loads(answer.read()) == {"price": 3_000.0}
        caller.close()
        # The middleware publishes after it has answered.
        wait_until(lambda: published(deployment), 20, "the event")
        (event,) = published(deployment)
    finally:
        server.should_exit = True
        thread.join(60)
        names["client"].close()
    assert (event.model, event.version, event.prediction) == ("house_price", "7", 3_000.0)
    assert event.features == {"rooms": 3.0}
    assert event.status == "ok"
    assert event.latency_ms is not None


def published(settings: Settings) -> list[Prediction]:
    return [
        one
        for partition in range(settings.kafka.partitions)
        for one in records.of(settings, "predictions", Prediction, partition)
    ]


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)", page.read_text("utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_command_that_the_readme_names_exists() -> None:
    from streamgauge.__main__ import COMMANDS, GROUPS

    named = set(re.findall(r"`streamgauge ([a-z-]+)", README))
    assert named <= set(COMMANDS) | set(GROUPS)
