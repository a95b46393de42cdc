"""Which share of the predictions failed, and whose fault it was."""

from collections.abc import Iterable

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import ERROR_CLASSES, Columns, Ints

_CLIENT = ERROR_CLASSES.index("4xx")
_SERVER = ERROR_CLASSES.index("5xx")
_EXTRACTION = ERROR_CLASSES.index("extraction")


class Errors(Metric[Columns]):
    """`prediction_error_ratio` counts failures of service and model; a 4xx is the caller's.

    Counting a stranger's bad requests as our errors would let anybody page the people on call.
    `api_availability_ratio` is the share of requests that the service itself did not fail (5xx),
    `feature_extraction_success_ratio` of those whose features could be made.
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
            "api_availability_ratio": 1 - int(cells[_SERVER]) / total,
            "feature_extraction_success_ratio": 1 - int(cells[_EXTRACTION]) / total,
        }
        for code, name in enumerate(ERROR_CLASSES):
            if code and cells[code]:
                values[f'prediction_error_class_ratio{{class="{name}"}}'] = int(cells[code]) / total
                values[f'prediction_error_count{{class="{name}"}}'] = float(cells[code])
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        total = int(cells.sum())
        return dict.fromkeys(
            (
                "prediction_error_ratio",
                "prediction_client_error_ratio",
                "prediction_error_class_ratio",
                "prediction_error_count",
                "api_availability_ratio",
                "feature_extraction_success_ratio",
            ),
            total,
        )
