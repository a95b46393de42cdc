"""What a bench measured."""

import msgspec


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """Absolute `figures` (they move with the machine), `ratios` of one run (they should not), and
    `notes` for people: what was started, on which broker.
    """

    figures: dict[str, float]
    ratios: dict[str, float] = {}
    notes: list[str] = []
