import pytest

from streamgauge.alerting.signing.ack_link import AckLinks, LinkError

KEY = b"0123456789abcdef"
NOW = 1_760_000_000.0


def test_a_link_shows_as_often_as_wanted_and_acts_once() -> None:
    links = AckLinks(KEY)
    token = links.sign("f00d", 3, NOW)
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert links.verify(token, NOW).id == links.verify(token, NOW + 1).id == "f00d-3"
    assert links.use(token, NOW + 2).id == "f00d-3"
    for again in (links.verify, links.use):
        with pytest.raises(LinkError, match="used"):
            again(token, NOW + 3)


def test_a_link_that_is_given_back_acts_again() -> None:
    links = AckLinks(KEY)
    token = links.sign("f00d", 3, NOW)
    links.use(token, NOW)
    links.give_back(token, NOW)
    assert links.verify(token, NOW) == links.use(token, NOW)


def test_a_link_expires_and_belongs_to_one_episode_and_key() -> None:
    links = AckLinks(KEY, lasts=60)
    token = links.sign("f00d", 3, NOW)
    with pytest.raises(LinkError, match="expired"):
        links.use(token, NOW + 61)
    with pytest.raises(LinkError, match="not a link"):
        AckLinks(b"another key, long enough").use(token, NOW)
    body, _, mac = token.partition(".")
    other = links.sign("f00d", 4, NOW).partition(".")[0]
    for forged in (f"{other}.{mac}", body, f"{body}.", f".{mac}", "", "é.é", "a" * 9_999, "a.b"):
        with pytest.raises(LinkError, match="not a link"):
            links.verify(forged, NOW)
