"""The features of a closed window next to those of a reference, on the same grid."""

from streamgauge.contracts.reference import Number, Reference
from streamgauge.detectors.yardstick import Yardstick
from streamgauge.metrics import frozen_grid
from streamgauge.metrics.closed import Closed
from streamgauge.metrics.profile import SCALE
from streamgauge.stream_processors.verdict import Compared

# Ready yardsticks that are kept, some 300 KB each with 20 features.
_KEPT = 200


class Yardsticks:
    """References made ready to compare with, by their hashes."""

    def __init__(self) -> None:
        self._made: dict[str, Yardstick] = {}

    def of(self, reference: Reference) -> Yardstick:
        """The yardstick of a reference."""
        made = self._made.get(reference.hash)
        if made is None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            middles = {
                name: frozen_grid.middles(frozen_grid.plan(field))
                for name, field in reference.schema.items()
                if isinstance(field, Number)
            }
            made = self._made[reference.hash] = Yardstick.of(reference, middles)
        return made

    def compare(self, closed: Closed, reference: Reference) -> Compared:
        """The features of a window that were counted as those of the reference."""
        yardstick = self.of(reference)
        numbers = {
            name: one
            for name, one in closed.features.items()
            if name in yardstick.fields and one.frozen and reference.grid.startswith(one.frozen)
        }
        window = yardstick.window(
            {name: one.groups for name, one in numbers.items()},
            {name: one.categories for name, one in closed.features.items()},
        )
        means = {name: one.total / SCALE / one.known for name, one in numbers.items() if one.known}
        return Compared(yardstick, window, means)
