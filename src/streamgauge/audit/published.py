"""What was published: the newest final measure of every series and window."""

import msgspec

from streamgauge.contracts.measure import AnyReading, Measure, Tick

Labels = tuple[tuple[str, str], ...]
_OURS = ("model", "version")


class Window(msgspec.Struct, frozen=True, order=True):
    """A published window: its name, and where it starts and ends in milliseconds."""

    name: str
    start: int
    end: int


class Published:
    """The records of `measures`, folded; strangers' bytes on it are not ours.

    Of a window the highest generation counts, of those up to `newest`.
    """

    def __init__(self, newest: int = 0) -> None:
        self.newest = newest
        self.watermark = 0
        self.windows: dict[Window, dict[Labels, Measure]] = {}
        self._decode = msgspec.json.Decoder(AnyReading).decode

    def take(self, value: bytes | None) -> None:
        """One record, in the order of the topic."""
        try:
            reading = self._decode(value or b"")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return
        if isinstance(reading, Tick):
            self.watermark = max(self.watermark, reading.watermark)
        elif isinstance(reading, Measure) and reading.final and self._is_ours(reading):
            window = Window(reading.window, reading.start, reading.end)
            series = self.windows.setdefault(window, {})
            labels = tuple(sorted(reading.labels.items()))
            held = series.get(labels)
            # Two mergers may publish at once: readers take the highest revision, and so do we.
            if held is None or _order(reading) >= _order(held):
                series[labels] = reading

    def _is_ours(self, measure: Measure) -> bool:
        """Whether it was counted from predictions, of a model's version or one dimension of it.

        What has no count of its own is something else, for example of predictions in training.
        """
        counts = measure.source == "predictions" and "prediction_count" in measure.values
        known = measure.generation <= self.newest
        return counts and known and set(_OURS) <= measure.labels.keys()


def _order(measure: Measure) -> tuple[int, int]:
    return measure.generation, measure.revision


def series_of(labels: Labels) -> tuple[str, ...]:
    """Model, version and what else names the series.

    >>> series_of((("model", "m"), ("region", "eu"), ("version", "1")))
    ('m', '1', 'region', 'eu')
    """
    held = dict(labels)
    more = (word for pair in labels if pair[0] not in _OURS for word in pair)
    return held["model"], held["version"], *more


def labels_of(series: tuple[str, ...]) -> Labels:
    """The labels of a series.

    >>> labels_of(("m", "1", "region", "eu"))
    (('model', 'm'), ('region', 'eu'), ('version', '1'))
    """
    more = zip(series[2::2], series[3::2], strict=True)
    return tuple(sorted([*zip(_OURS, series[:2], strict=True), *more]))
