"""What a bench measured."""

import msgspec


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """Figures and ratios of one run.

    `figures` are absolute and move with the machine, `ratios` should not; `notes` tell a person
    what was started and on which broker.
    """

    figures: dict[str, float]
    ratios: dict[str, float] = {}
    notes: list[str] = []
