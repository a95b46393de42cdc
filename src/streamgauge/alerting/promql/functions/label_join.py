"""`label_join`: a label made of several others."""

from streamgauge.alerting.promql.function import STRINGS, Frame, check_label, of_whole
from streamgauge.alerting.promql.vector import Sample


def _label_join(
    frame: Frame, samples: list[Sample], to: str, separator: str, *sources: str
) -> list[Sample]:
    result = []
    for it in samples:
        labels = {name: value for name, value in it.labels.items() if name != to}
        if value := separator.join(it.labels.get(source, "") for source in sources):
            labels[to] = value
        result.append(Sample(labels, it.value, frame.at))
    return result


FUNCTIONS = (
    of_whole(
        "label_join",
        _label_join,
        "vector",
        *STRINGS[:3],
        check=lambda texts: check_label("label_join", texts[0]),
    ),
)
