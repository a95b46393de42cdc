import pytest

from streamgauge.bench import ingest
from streamgauge.settings import InputError


def test_what_cannot_be_measured_is_told() -> None:
    with pytest.raises(InputError, match="'spark' is not one of stock-faust, plain, kafka-streams"):
        ingest.run(peers=("spark",))
    with pytest.raises(InputError, match="--features of 1 to 256"):
        ingest.run(features=0)
    with pytest.raises(InputError, match="--poison"):
        ingest.run(poison=1.0)
