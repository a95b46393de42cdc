"""`streamgauge simulate`: traffic with faults, over HTTP or straight to the topics."""

import asyncio
import logging
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.client import Client
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.producers.data_row import data_rows
from streamgauge.producers.fault import Drift
from streamgauge.producers.pace import pace
from streamgauge.producers.scenario import Scenario, load
from streamgauge.producers.story import story
from streamgauge.producers.synthetic import FEATURES
from streamgauge.producers.tally import Tally
from streamgauge.settings import InputError, Settings
from streamgauge.settings import load as load_settings

DATA = Path("var/data/scan_history.jsonl")
_COUNTED = {
    Prediction: "predictions",
    Outcome: "outcomes",
    Feedback: "feedback",
    Heartbeat: "heartbeats",
}


async def drive(
    scenario: Scenario,
    *,
    settings: Settings,
    url: str = "http://127.0.0.1:8002",
    direct: bool = False,
    data: Path = DATA,
    seed: int | None = None,
    stop: asyncio.Event | None = None,
    tally: Tally | None = None,
) -> Tally:
    """Run a scenario to its end, or until `stop` is set, and count what was done.

    `tally`, if given, is filled while it runs. Over HTTP it waits for the service first.
    """
    tally = tally or Tally()
    stop = stop or asyncio.Event()
    seed = scenario.seed if seed is None else seed
    rows = [] if direct else data_rows(data)
    client = Client(
        settings.kafka.confluent(),
        service="simulator",
        pseudonym_key=settings.client.key(),
        queue=settings.client.queue,
    )
    start = time.monotonic()
    try:
        if direct:
            await _direct(scenario, client, seed, stop, tally)
        else:
            from streamgauge.producers.asking import ask_service

            await ask_service(
                scenario, url=url, rows=rows, client=client, seed=seed, stop=stop, tally=tally
            )
    finally:
        await asyncio.to_thread(client.close)
        tally.dropped, tally.failed = client.counters.dropped, client.counters.failed
        tally.seconds = time.monotonic() - start
    return tally


async def _direct(
    scenario: Scenario, client: Client, seed: int, stop: asyncio.Event, tally: Tally
) -> None:
    for fault in scenario.faults:
        if isinstance(fault, Drift) and fault.feature not in FEATURES:
            known = ", ".join(FEATURES)
            raise InputError(f"scenario: no feature {fault.feature!r}; expected of {known}")
    events = story(scenario, seed=seed, start_ms=time.time_ns() // 1_000_000)
    async for event in pace(events, stop):
        if client.emit(event):
            name = _COUNTED[type(event)]
            setattr(tally, name, getattr(tally, name) + 1)


def simulate(
    scenario: str = "steady",
    *,
    config: Path | None = None,
    url: str = "http://127.0.0.1:8002",
    direct: bool = False,
    rate: float | None = None,
    duration: float | None = None,
    seed: int | None = None,
    data: Path = DATA,
    json: bool = False,
) -> None:
    """Send seeded traffic with timed faults: to the inference service, or straight to the topics.

    Parameters
    ----------
    scenario
        A shipped one (steady, latency, errors, drift, outage, service_down, late_labels, demo) or a
        TOML file.
    config
        Settings file.
    url
        The inference service. Faults need its setting `serve.faults`.
    direct
        Need no service: write predictions, truths and heartbeats of a simulated one to Kafka.
    rate
        Predictions a second, instead of the scenario's.
    duration
        Seconds, instead of the scenario's; without any it runs until Ctrl-C.
    seed
        Another seed gives other people, rows and times.
    data
        JSON Lines to take features and truths from; `streamgauge generate` makes it.
    json
        Print the counts as one JSON object.

    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    settings = load_settings(config)
    chosen = _changed(load(scenario), rate, duration)
    if not direct:
        data_rows(data)  # wrong input is told before anything is waited for
    wait_for_kafka(settings.kafka)
    tally = asyncio.run(
        until_signal(
            lambda stop: drive(
                chosen,
                settings=settings,
                url=url,
                direct=direct,
                data=data,
                seed=seed,
                stop=stop,
            )
        )
    )
    print(msgspec.json.encode(tally).decode() if json else tally)


async def until_signal(work: Callable[[asyncio.Event], Awaitable[Tally]]) -> Tally:
    """Run `work` with an event that Ctrl-C and SIGTERM set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        return await work(stop)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _changed(scenario: Scenario, rate: float | None, duration: float | None) -> Scenario:
    tree = msgspec.to_builtins(scenario)
    # What the command line says is checked like the file.
    tree |= {"rate": rate} if rate is not None else {}
    tree |= {"duration": duration} if duration is not None else {}
    try:
        return msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        raise InputError(f"command line: {error}") from None
