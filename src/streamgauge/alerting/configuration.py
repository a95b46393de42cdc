"""The notifier's configuration: a subset of Alertmanager's, wrong lines named.

Receivers find their own parameters and their fields of `global`: a new kind changes nothing here.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.matcher import read_matcher
from streamgauge.alerting.receivers import kinds
from streamgauge.alerting.receivers.console import Console
from streamgauge.alerting.receivers.receiver import (
    Defaults,
    ParameterError,
    Parameters,
    Receiver,
    Surroundings,
)
from streamgauge.alerting.routing.route import Route

CONFIGS = "_configs"


class RouteEntry(msgspec.Struct, forbid_unknown_fields=True, rename={"on": "continue"}):
    """A route as it stands in the file; a child without a receiver has its parent's."""

    receiver: str | None = None
    matchers: list[str] = []
    routes: list["RouteEntry"] = []
    on: bool = False


class Target(msgspec.Struct, frozen=True):
    """One receiver that can be told, and what holds for all kinds of them."""

    name: str
    group: str
    send_resolved: bool
    patience: float
    receiver: Receiver


class Configuration(msgspec.Struct, frozen=True):
    """Routes, and the targets of each receiver's name."""

    route: Route
    targets: dict[str, tuple[Target, ...]]

    def every_target(self) -> list[Target]:
        """All targets."""
        return [target for group in self.targets.values() for target in group]


def default() -> Configuration:
    """Without a file everything is printed."""
    console = Target(
        "console/console", "console", True, 60.0, Console().open(None, Surroundings(folder=Path()))
    )
    return Configuration(Route(receiver="console"), {"console": (console,)})


def load(path: Path) -> Configuration:
    """Read and check a configuration; InputError names file, line and what was expected."""
    document = MarkedYaml(path)
    _refuse_secrets(document, document.tree, ())
    known = kinds()
    file: Any = document.convert(_file_type(known))
    targets: dict[str, tuple[Target, ...]] = {}
    for number, entry in enumerate(file.receivers):
        place: tuple[Step, ...] = ("receivers", number)
        if not entry.name or entry.name in targets:
            raise document.error(
                (*place, "name"), f"receiver {entry.name!r}: expected a name that no other has"
            )
        targets[entry.name] = tuple(
            _target(document, (*place, kind + CONFIGS, n), entry.name, parameters, file)
            for kind in known
            for n, parameters in enumerate(getattr(entry, kind + CONFIGS))
        )
    return Configuration(_route(document, ("route",), file.route, None, targets), targets)


def _file_type(known: dict[str, type[Parameters]]) -> type[msgspec.Struct]:
    """The Struct of a whole file, made of what the kinds of receivers bring."""
    shared = {
        field.encode_name: (field.name, field.type, field.default)
        for kind in known.values()
        for field in msgspec.structs.fields(kind.defaults)
    }
    shared_type = msgspec.defstruct("Global", list(shared.values()), forbid_unknown_fields=True)
    receiver_type = msgspec.defstruct(
        "ReceiverEntry",
        [
            ("name", str),
            *((name + CONFIGS, list[kind], []) for name, kind in known.items()),  # type: ignore[valid-type]  # made at run time, for msgspec
        ],
        forbid_unknown_fields=True,
    )
    return msgspec.defstruct(
        "ConfigurationEntry",
        [
            ("route", RouteEntry),
            ("receivers", list[receiver_type]),  # type: ignore[valid-type]  # as above
            ("shared", shared_type, msgspec.field(default_factory=shared_type)),
        ],
        rename={"shared": "global"},
        forbid_unknown_fields=True,
    )


def _target(
    document: MarkedYaml, place: Sequence[Step], group: str, parameters: Parameters, file: Any
) -> Target:
    number = place[-1]
    name = f"{group}/{parameters.kind}" + (
        f"-{number + 1}" if isinstance(number, int) and number else ""
    )
    try:
        receiver = parameters.open(
            _defaults(parameters.defaults, file.shared), Surroundings(folder=document.path.parent)
        )
        patience = parameters.patience()
    except ParameterError as error:
        raise document.error((*place, error.field), f"{name}: {error.field}: {error}") from None
    return Target(name, group, parameters.send_resolved, patience, receiver)


def _defaults(kind: type[Defaults], shared: Any) -> Defaults:
    return kind(**{name: getattr(shared, name) for name in kind.__struct_fields__})


def _route(
    document: MarkedYaml,
    place: Sequence[Step],
    entry: RouteEntry,
    parent: str | None,
    targets: dict[str, tuple[Target, ...]],
) -> Route:
    receiver = entry.receiver or parent
    if receiver is None or receiver not in targets:
        raise document.error(
            (*place, "receiver"), f"receiver {receiver!r}: expected one of {', '.join(targets)}"
        )
    if parent is None and (entry.matchers or entry.on):
        raise document.error(place, "the first route takes everything: no matchers, no continue")
    matchers = []
    for number, text in enumerate(entry.matchers):
        try:
            matchers.append(read_matcher(text))
        except ValueError as error:
            raise document.error((*place, "matchers", number), str(error)) from None
    children = tuple(
        _route(document, (*place, "routes", number), child, receiver, targets)
        for number, child in enumerate(entry.routes)
    )
    return Route(receiver=receiver, matchers=tuple(matchers), routes=children, on=entry.on)


def _refuse_secrets(document: MarkedYaml, tree: Any, place: tuple[Step, ...]) -> None:
    """A secret that stands in the file itself is an error that does not repeat it."""
    if isinstance(tree, list):
        for number, item in enumerate(tree):
            _refuse_secrets(document, item, (*place, number))
    elif isinstance(tree, dict):
        for name, value in tree.items():
            if name.endswith(("api_url", "auth_password", "auth_secret")):
                raise document.error(
                    (*place, name), f"{name}: secrets stand in files of their own; use {name}_file"
                )
            _refuse_secrets(document, value, (*place, name))
