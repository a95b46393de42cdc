"""Opens the receivers of a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from streamgauge.alerting.configuration.entry import CONFIGS
from streamgauge.alerting.configuration.value import Target
from streamgauge.alerting.marked_yaml import MarkedYaml, Step
from streamgauge.alerting.receivers.receiver import (
    Defaults,
    ParameterError,
    Parameters,
    Surroundings,
)


class Opener:
    """Opens receivers with what `global` says and with their surroundings."""

    def __init__(
        self,
        document: MarkedYaml,
        known: Mapping[str, type[Parameters]],
        shared: Any,
        surroundings: Surroundings,
    ) -> None:
        self._document = document
        self._known = known
        self._shared = shared
        self._surroundings = surroundings

    def open_all(self, entries: Iterable[Any]) -> dict[str, tuple[Target, ...]]:
        """The targets of each receiver's name; InputError names the line of what is wrong."""
        groups: dict[str, tuple[Target, ...]] = {}
        for number, entry in enumerate(entries):
            place: tuple[Step, ...] = ("receivers", number)
            if not entry.name or entry.name in groups:
                raise self._document.error(
                    (*place, "name"), f"receiver {entry.name!r}: expected a name that no other has"
                )
            groups[entry.name] = tuple(
                self._open((*place, kind + CONFIGS, n), n, entry.name, parameters)
                for kind in self._known
                for n, parameters in enumerate(getattr(entry, kind + CONFIGS))
            )
        return groups

    def _open(
        self, place: Sequence[Step], number: int, group: str, parameters: Parameters
    ) -> Target:
        name = f"{group}/{parameters.kind}" + (f"-{number + 1}" if number else "")
        written: Any = self._document.tree
        for step in place:
            written = written[step]
        if hasattr(parameters, "http_config") and "http_config" not in written:
            # As in Alertmanager: all of the receiver's, or all of that in `global`.
            parameters = msgspec.structs.replace(parameters, http_config=self._shared.http_config)
        try:
            receiver = parameters.open(self._defaults(parameters.defaults), self._surroundings)
            patience = parameters.patience()
        except ParameterError as error:
            raise self._document.error(
                (*place, error.field), f"{name}: {error.field}: {error}"
            ) from None
        return Target(name, group, parameters.send_resolved, patience, receiver)

    def _defaults(self, kind: type[Defaults]) -> Defaults:
        return kind(**{name: getattr(self._shared, name) for name in kind.__struct_fields__})
