"""Hysteresis: a verdict that begins only when it is repeated, and ends only when it stays away."""

import msgspec


class LatchState(msgspec.Struct):
    """Whether it holds, and how many windows in a row have said otherwise."""

    raised: bool = False
    against: int = 0


class Latch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="latch"):
    """Raised after `begin` bad windows in a row, released after `end` good ones in a row.

    >>> latch, state = Latch(begin=2, end=2), LatchState()
    >>> [latch.step(state, bad) for bad in (True, False, True, True, False, True, False, False)]
    [False, False, False, True, True, True, True, False]
    """

    begin: int = 1
    end: int = 5

    def step(self, state: LatchState, bad: bool | None) -> bool:
        """Whether it holds after this window; one that says nothing, None, changes nothing."""
        if bad is None or bad == state.raised:
            state.against = 0 if bad is not None else state.against
            return state.raised
        state.against += 1
        if state.against >= (self.end if state.raised else self.begin):
            state.raised, state.against = bad, 0
        return state.raised
