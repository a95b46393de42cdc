"""Who asks, by what name, and what a page must never do: checks that every server here makes."""

import base64
import hmac

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def host_name(header: str) -> str:
    """The name in a Host header, without its port.

    >>> host_name("[::1]:8003"), host_name("Localhost")
    ('[::1]', 'localhost')
    """
    name, colon, port = header.lower().rpartition(":")
    return name if colon and port.isdigit() else header.lower()


def bears(authorization: str, token: str) -> bool:
    """Whether a request carries the operator's token: `Authorization: Bearer TOKEN`.

    >>> bears("Bearer key", "key")
    True
    """
    kind, _, given = authorization.partition(" ")
    return kind.lower() == "bearer" and _same(given.strip(), token)


def has_password(authorization: str, token: str) -> bool:
    """Whether it carries the token as the password of HTTP's basic login, under any name.

    >>> has_password("Basic " + base64.b64encode(b"amtool:key").decode(), "key")
    True
    """
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        login = base64.b64decode(given.strip(), validate=True).decode()
    except ValueError:
        return False
    return _same(login.partition(":")[2], token)


def user_name(authorization: str) -> str:
    """The name of a basic login, for the audit; it proves nothing."""
    kind, _, given = authorization.partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(given.strip(), validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), token.encode())
