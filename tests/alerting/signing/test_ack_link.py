import pytest

from streamgauge.alerting.signing.ack_link import AckLinks, LinkError

KEY = b"0123456789abcdef"
NOW = 1_760_000_000.0


def test_a_link_says_which_episode_and_until_when() -> None:
    links = AckLinks(KEY)
    token = links.sign("f00d", 3, NOW)
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()
    found = links.verify(token, NOW)
    assert (found.id, found.expires) == ("f00d-3", NOW + 86_400)


def test_a_link_expires_and_belongs_to_one_episode_and_key() -> None:
    links = AckLinks(KEY, lasts=60)
    token = links.sign("f00d", 3, NOW)
    with pytest.raises(LinkError, match="expired"):
        links.verify(token, NOW + 61)
    with pytest.raises(LinkError, match="not a link"):
        AckLinks(b"another key, long enough").verify(token, NOW)
    body, _, mac = token.partition(".")
    other = links.sign("f00d", 4, NOW).partition(".")[0]
    for forged in (f"{other}.{mac}", body, f"{body}.", f".{mac}", "", "é.é", "a" * 9_999, "a.b"):
        with pytest.raises(LinkError, match="not a link"):
            links.verify(forged, NOW)
