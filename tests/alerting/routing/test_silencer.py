import pytest

from streamgauge.alerting.routing.silencer import Silencer
from streamgauge.contracts.alert import Silence


# Alertmanager: silence.validateSilence, "at least one matcher must not match the empty string".
@pytest.mark.parametrize("matchers", [[], ["a="], ['a=~"x*"', 'b!="y"']])
def test_a_silence_of_everything_does_not_count(matchers: list[str]) -> None:
    silencer = Silencer()
    with pytest.raises(ValueError, match=r"empty string|everything"):
        silencer.put(
            Silence(
                id="s", matchers=matchers, starts_at=0, ends_at=9, created_by="a", comment="why"
            )
        )
    assert silencer.all() == []
