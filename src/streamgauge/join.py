"""How outcomes find their predictions: the section `join` of the settings."""

from typing import Annotated

import msgspec

from streamgauge.section import Section

Positive = Annotated[int, msgspec.Meta(gt=0)]
_HOUR_MS = 3_600_000


class Join(Section, frozen=True):
    """What is remembered in Redis so that labels are joined and corrected exactly.

    An outcome with a receipt needs nothing; with `corrections` its truth is remembered, so that a
    repeat counts once and a correction takes the old label back. `models` are those whose
    predictions are remembered for outcomes that know the prediction id only. Each memory lasts
    `keep_hours` and holds at most `max_entries` of some 400 bytes: what does not fit is counted and
    not remembered. `positive` names the positive class of a model, where it is none of 1, true,
    yes, positive.
    """

    corrections: bool = True
    models: tuple[str, ...] = ()
    keep_hours: Positive = 72
    max_entries: Positive = 1_000_000
    positive: dict[str, str] = {}

    @property
    def keep_ms(self) -> int:
        """How long each memory lasts.

        >>> Join().keep_ms
        259200000
        """
        return self.keep_hours * _HOUR_MS
