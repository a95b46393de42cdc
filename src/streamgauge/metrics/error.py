"""Which share of the predictions failed, and whose fault it was."""

from collections.abc import Iterable

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import ERROR_CLASSES, Columns, Ints

_CLIENT = ERROR_CLASSES.index("4xx")


class Errors(Metric[Columns]):
    """`prediction_error_ratio` counts failures of service and model; a 4xx is the caller's.

    Counting a stranger's bad requests as our errors would let anybody page the people on call.
    """

    name = "errors"
    width = len(ERROR_CLASSES)
    brief = True

    def marks(self, batch: Columns) -> Iterable[Marks]:
        return (Marks(batch.error),)

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        total = int(cells.sum())
        if total == 0:
            return {}
        client = int(cells[_CLIENT])
        ours = int(cells[1:].sum()) - client
        values = {
            "prediction_error_ratio": ours / total,
            "prediction_client_error_ratio": client / total,
        }
        for code, name in enumerate(ERROR_CLASSES):
            if code and cells[code]:
                values[f'prediction_error_class_ratio{{class="{name}"}}'] = int(cells[code]) / total
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells.sum())
        return {
            "prediction_error_ratio": total,
            "prediction_client_error_ratio": total,
            "prediction_error_class_ratio": total,
        }
