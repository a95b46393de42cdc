import pytest

from streamgauge.metrics.text_length import TextLength

from .event import counted, prediction

METRIC = TextLength()


def test_lengths_are_told_with_empty_texts() -> None:
    events = [prediction(text_length=length) for length in (0, 10, 20)] + [prediction()]
    values = METRIC.values(counted(METRIC, events), 60.0)
    assert values["text_length_characters_mean"] == 10.0
    assert values['text_length_characters{quantile="0.05"}'] == 0.0
    assert values['text_length_characters{quantile="0.95"}'] == pytest.approx(20, rel=0.025)


def test_a_book_counts_as_a_million_characters() -> None:
    values = METRIC.values(counted(METRIC, [prediction(text_length=2**53 - 1)]), 60.0)
    assert values["text_length_characters_mean"] == 1e6
