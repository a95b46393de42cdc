"""The faults of `bench exact --faults`, one after another, while the load goes on."""

import time
from collections.abc import Callable

import msgspec

from streamgauge.bench.exact_crew import Crew
from streamgauge.bench.exact_proxy import Mode, Proxy
from streamgauge.bench.kafka_node import Node

_SETTLE_S = 30.0
_LOOK_EVERY_S = 0.2
_DROP_S, _HOLD_S = 5.0, 9.0
_TURNS, _TURN_S = 6, 3.0
_SKEW_S = 3 * 3_600
_SKEWED_S = 6.0


class Scene(msgspec.Struct, frozen=True):
    """Who is there to suffer; the last worker's line to the broker goes through `proxy`."""

    crew: Crew
    node: Node
    proxy: Proxy
    partitions: int
    session_timeout: float


def run_all(scene: Scene, say: Callable[[str], None]) -> list[str]:
    """Run every fault; what ran, in words."""
    notes = []
    for number, place in enumerate(scene.crew.places):
        # From here on nobody has a name in the group, so that partitions move when one goes.
        scene.crew.replace(number, msgspec.structs.replace(place, name=None))
    _await_owners(scene)
    for fault in (_zombie, _broker, _lost_answers, _black_hole, _storm, _skewed_clock):
        said = fault(scene)
        say(said)
        notes.append(said)
        _await_owners(scene)
    return notes


def _await_owners(scene: Scene) -> None:
    """Go on once all partitions have owners again: each fault shall meet a working crew."""
    deadline = time.monotonic() + _SETTLE_S
    crew = scene.crew
    while time.monotonic() < deadline:
        owned = [crew.owned(number) for number in range(len(crew))]
        if all(owned) and len(set().union(*owned)) >= scene.partitions:
            return
        time.sleep(_LOOK_EVERY_S)


def _zombie(scene: Scene) -> str:
    asleep = scene.session_timeout + 3.0
    scene.crew.freeze(0)
    try:
        time.sleep(asleep)
    finally:
        scene.crew.thaw(0)
    return f"SIGSTOP of a worker for {asleep:.0f} s"


def _broker(scene: Scene) -> str:
    begun = time.monotonic()
    scene.node.restart(kill=True)
    return f"broker killed and back after {time.monotonic() - begun:.0f} s"


def _line(scene: Scene, mode: Mode, seconds: float) -> None:
    scene.proxy.switch(mode)
    try:
        time.sleep(seconds)
    finally:
        scene.proxy.switch("pass")


def _lost_answers(scene: Scene) -> str:
    _line(scene, "drop", _DROP_S)
    return f"answers of the broker to a worker lost for {_DROP_S:.0f} s"


def _black_hole(scene: Scene) -> str:
    _line(scene, "hold", _HOLD_S)
    return f"line of a worker silent for {_HOLD_S:.0f} s"


def _storm(scene: Scene) -> str:
    crew = scene.crew
    for turn in range(_TURNS):
        number = turn % len(crew)
        crew.replace(number, crew.places[number])
        time.sleep(_TURN_S)
    return f"rebalance storm: workers left and came back {_TURNS} times"


def _skewed_clock(scene: Scene) -> str:
    crew, owned = scene.crew, []
    usual = crew.places[0]
    for ahead in (_SKEW_S, -_SKEW_S):
        crew.replace(0, msgspec.structs.replace(usual, ahead=ahead))
        _await_owners(scene)
        time.sleep(_SKEWED_S)
        owned.append(f"{ahead / 3600:+.0f} h with {len(crew.owned(0))} partitions")
    crew.replace(0, usual)
    return f"clock of a worker skewed: {', '.join(owned)}"
