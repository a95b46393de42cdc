"""Names of people that lead nowhere without the key."""

import hmac
import os
from collections.abc import Callable
from functools import lru_cache

KEPT_BYTES = 16
# A service sees the same people again: their hashes are worth keeping, and this many cost 2 MB.
REMEMBERED = 10_000


def pseudonyms(key: bytes | None) -> Callable[[str], str]:
    """A keyed hash: HMAC-SHA256, its first 16 bytes in hex; the same name gives the same hash.

    Without a key a random one is drawn: names then match within this process and nowhere else.

    >>> hide = pseudonyms(b"key")
    >>> hide("ada") == hide("ada"), hide("ada") == hide("bob"), len(hide("ada"))
    (True, False, 32)
    """
    secret = key or os.urandom(KEPT_BYTES)

    def hide(name: str) -> str:
        return hmac.digest(secret, name.encode("utf-8", "replace"), "sha256")[:KEPT_BYTES].hex()

    return lru_cache(REMEMBERED)(hide)
