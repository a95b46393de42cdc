import hashlib
import hmac

from streamgauge.producers.pseudonym import pseudonyms


def test_a_pseudonym_is_the_first_half_of_the_standard_hmac() -> None:
    expected = hmac.new(b"key", b"ada", hashlib.sha256).hexdigest()[:32]
    assert pseudonyms(b"key")("ada") == expected


def test_another_key_gives_another_pseudonym() -> None:
    assert pseudonyms(b"a")("ada") != pseudonyms(b"b")("ada")


def test_without_a_key_names_match_within_one_client_only() -> None:
    one, other = pseudonyms(None), pseudonyms(None)
    assert one("ada") == one("ada") != other("ada")


def test_a_name_that_is_no_unicode_is_hashed_all_the_same() -> None:
    assert len(pseudonyms(b"key")("\ud800")) == 32
