from streamgauge.metrics.category import tally
from streamgauge.metrics.column import columns
from streamgauge.metrics.language import Languages

from .event import prediction


def test_languages_are_shares_of_those_that_name_one() -> None:
    events = [prediction(language="de"), prediction(language="en"), prediction()]
    counts = tally(Languages().column(columns(events)))
    assert Languages().values(counts, 3) == {
        'text_language_ratio{language="de"}': 0.5,
        'text_language_ratio{language="en"}': 0.5,
    }
    assert Languages().samples(counts, 3) == {"text_language_ratio": 2}
