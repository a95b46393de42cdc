import msgspec
import pytest
from tests.alerting.alert_text import alert

from streamgauge.alerting.matcher import Matcher
from streamgauge.alerting.routing.known import Known
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


def silence(name: str, *matchers: str, ends: int = 9, updated: int = 0) -> Silence:
    return Silence(
        id=name,
        matchers=list(matchers),
        starts_at=0,
        ends_at=ends,
        created_by="a",
        comment="why",
        updated_at=updated,
    )


def labelled(**labels: str) -> Known:
    return Known.of(msgspec.structs.replace(alert(1), labels=labels), 0)


def names(silencer: Silencer, known: Known, at: int = 1) -> str | None:
    found = silencer.silence(known, at)
    return found.id if found else None


def test_a_silence_that_comes_changes_or_ends_later_counts_from_then_on() -> None:
    silencer, known = Silencer(), labelled(model="price")
    silencer.put(silence("other", "model=scan"))
    assert names(silencer, known) is None
    silencer.put(silence("s", "model=~pri.*"))
    assert names(silencer, known) == "s"
    silencer.put(silence("s", "model=scan", updated=1))
    assert names(silencer, known) is None
    silencer.put(silence("s", "model=price", ends=5, updated=2))
    assert (names(silencer, known, 4), names(silencer, known, 5)) == ("s", None)
    silencer.put(silence("s", "model=price", ends=7, updated=3))
    assert names(silencer, known, 6) == "s"


def test_what_is_forgotten_silences_nothing_and_the_others_go_on() -> None:
    silencer, known = Silencer(), labelled(model="price")
    silencer.put(silence("short", "model=price", ends=3))
    silencer.put(silence("long", "model=price", ends=9))
    assert names(silencer, known) == "short"
    silencer.forget(4)
    assert names(silencer, known) == "long"
    silencer.put(silence("new", "model=price", ends=9))
    silencer.forget(10)
    assert (names(silencer, known), silencer.all()) == (None, [])


def test_an_alert_whose_labels_are_others_now_is_looked_at_anew() -> None:
    silencer, known = Silencer(), labelled(model="price")
    silencer.put(silence("s", "model=price"))
    assert names(silencer, known) == "s"
    known.alert = msgspec.structs.replace(known.alert, labels={"model": "scan"})
    assert names(silencer, known) is None


def test_a_silence_is_compared_with_an_alert_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    silencer, known = Silencer(), labelled(model="price")
    silencer.put(silence("s", "model=~sc.*"))
    monkeypatch.setattr(Matcher, "matches", lambda *_: looks.append(1))
    for at in range(100):
        assert names(silencer, known, at) is None
    assert len(looks) == 1
