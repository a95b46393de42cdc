"""How much more a rate varies from window to window than chance alone would make it."""

import math

import msgspec

# A block of so many windows is the longest that is looked at; so few blocks say too little.
_LEVELS = 12
_ENOUGH = 8


class Block(msgspec.Struct):
    """Blocks of 2^level windows: their squared deviations in variances of chance, and the open one.

    `half` tells that the open one has its first half already.
    """

    squares: float = 0.0
    blocks: int = 0
    deviation: float = 0.0
    variance: float = 0.0
    half: bool = False


class Dispersion(msgspec.Struct):
    """Blocks of 1, 2, 4 ... windows: what comes and goes slowly shows in the long ones only."""

    levels: list[Block] = msgspec.field(default_factory=lambda: [Block() for _ in range(_LEVELS)])

    def learn(self, deviation: float, variance: float) -> None:
        """One window: how far its sum was from what was expected, and the variance of chance."""
        for block in self.levels:
            block.squares += deviation * deviation / max(variance, 1e-12)
            block.blocks += 1
            block.deviation += deviation
            block.variance += variance
            block.half = not block.half
            if block.half:
                return
            deviation, variance = block.deviation, block.variance
            block.deviation = block.variance = 0.0

    @property
    def factor(self) -> float:
        """By how much the variance exceeds that of chance, at least 1: of the worst length.

        What a few blocks show by chance is taken off.

        >>> Dispersion().factor
        1.0
        """
        known = [
            (block.squares / block.blocks) * (1.0 - math.sqrt(2.0 / block.blocks))
            for block in self.levels
            if block.blocks >= _ENOUGH
        ]
        return max([1.0, *known])
