"""A simulation as a file: how much traffic, for which models, and what goes wrong when."""

import math
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import msgspec

from streamgauge.contracts.event import Label
from streamgauge.producers.fault import AnyFault, Seconds, ServiceDown, Share
from streamgauge.settings import InputError
from streamgauge.toml_line import line_of, steps_of

Weight = Annotated[float, msgspec.Meta(gt=0.0)]


class Part(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The base of all parts of a scenario: an unknown name is an error."""


class Model(Part, frozen=True):
    """A model that is asked. `share` weighs it against the others.

    `truth` is the column of the data file that holds what really happened. `versions` (weights) are
    those that answer when no service is there to choose one (`--direct`).
    """

    name: Label
    share: Weight = 1.0
    truth: str | None = None
    task: Literal["regression"] = "regression"
    versions: Annotated[dict[Label, Weight], msgspec.Meta(min_length=1)] = msgspec.field(
        default_factory=lambda: {"1": 1.0}
    )


class Labels(Part, frozen=True):
    """Which share of the predictions gets its truth, and after how many seconds on average."""

    share: Share = 0.0
    delay: Seconds = 10.0


class Scenario(Part, frozen=True):
    """Traffic at `rate` predictions a second for `duration` seconds (for ever, if not set).

    `users` people ask, each in sessions; `feedback` is the share of predictions that they rate;
    `heartbeat` is how often a service lives aloud, in seconds (`--direct`).
    """

    rate: Annotated[float, msgspec.Meta(gt=0.0, le=1_000_000.0)]
    models: Annotated[tuple[Model, ...], msgspec.Meta(min_length=1)]
    about: str = ""
    duration: Annotated[float, msgspec.Meta(gt=0.0)] | None = None
    seed: int = 0
    users: Annotated[int, msgspec.Meta(gt=0, le=1_000_000)] = 200
    feedback: Share = 0.0
    heartbeat: Annotated[float, msgspec.Meta(gt=0.0)] = 5.0
    labels: Labels = Labels()
    faults: tuple[AnyFault, ...] = ()


_PARTS: dict[str, type[msgspec.Struct]] = {"models": Model, "labels": Labels}
_KINDS: dict[str, type[msgspec.Struct]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyFault)
}


def shipped() -> dict[str, str]:
    """The scenarios that come with streamgauge: their names and texts."""
    folder = resources.files(__package__) / "scenarios"
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def load(named: str) -> Scenario:
    """A shipped scenario by its name, or the one in a file; an `InputError` says what is wrong.

    >>> load("steady").faults
    ()
    """
    texts = shipped()
    if named in texts:
        return read(texts[named], f"{named}.toml")
    path = Path(named)
    try:
        return read(path.read_text("utf-8"), named)
    except FileNotFoundError:
        raise InputError(
            f"{named}: no such scenario; expected a file or one of {', '.join(texts)}"
        ) from None
    except OSError as error:
        raise InputError(f"{named}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{named}: not UTF-8 at byte {error.start}") from None


def read(text: str, origin: str) -> Scenario:
    """The scenario in a TOML text; `origin` names it in an `InputError`."""
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{origin}: {error}") from None
    try:
        scenario = msgspec.convert(tree, Scenario)
    except msgspec.ValidationError as error:
        raise InputError(_explain(str(error), tree, text, origin)) from None
    names = [model.name for model in scenario.models]
    for at, fault in enumerate(scenario.faults):
        if isinstance(fault, ServiceDown) and math.isinf(scenario.duration or fault.duration):
            raise InputError(
                f"{origin}:{line_of(text, ['faults', at])}: $.faults[{at}]: a service that never "
                "comes back tells no story; expected a duration of the fault or of the scenario"
            )
        if unknown := [name for name in fault.models if name not in names]:
            line = line_of(text, ["faults", at, "models"])
            raise InputError(
                f"{origin}:{line}: $.faults[{at}].models: no model {unknown[0]!r}; "
                f"expected of {', '.join(names)}"
            )
    return scenario


def _explain(error: str, tree: dict[str, Any], text: str, origin: str) -> str:
    """File, line, path, what is wrong, and the names that would be right."""
    said, _, place = error.replace("`", "").partition(" - at ")
    steps = steps_of(place)
    known: list[str] = []
    if said.startswith("Object contains unknown field "):
        name = said.removeprefix("Object contains unknown field ")
        known = [field.encode_name for field in msgspec.structs.fields(_part(tree, steps))]
        said, steps = f"unknown name {name}", [*steps, name]
    elif steps and steps[-1] == "kind":
        known = list(_KINDS)
    expected = f"; expected one of {', '.join(known)}" if known else ""
    return f"{origin}:{line_of(text, steps)}: {place or '$'}: {said}{expected}"


def _part(tree: dict[str, Any], steps: list[str | int]) -> type[msgspec.Struct]:
    """Which Struct describes the table at that place."""
    if not steps:
        return Scenario
    if steps[0] == "faults":
        return _KINDS[tree["faults"][steps[1]]["kind"]]
    return _PARTS[str(steps[0])]
