"""The one way receivers speak HTTP: to checked addresses, bounded in time and size, no redirects.

What goes wrong is told without address and secret: an address can be the secret.
"""

import asyncio
import contextlib
import socket
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from ipaddress import ip_address
from typing import Any

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from streamgauge.alerting.receivers.host import Hosts, is_here
from streamgauge.alerting.receivers.http_config import Access
from streamgauge.alerting.receivers.receiver import DeliveryError, ParameterError
from streamgauge.alerting.receivers.secret import Secret

TIMEOUT, _CONNECT = 15.0, 5.0
# An answer whose text nobody needs is not waited for much longer than its status.
_REST = 1.0
_MAX_ANSWER = 1 << 20
# However long the other side wants to be left alone: people wait.
MAX_WAIT = 600.0
_CONNECTIONS = 64


class Answer(msgspec.Struct, frozen=True):
    """What came back; `wait` is Retry-After in seconds."""

    status: int
    body: bytes
    wait: float | None = None

    def word(self) -> str:
        """The text if it is one short word such as `no_service`; nothing else is repeated."""
        text = self.body[:40].decode("utf-8", "replace")
        return text if len(text) < 40 and text.replace("_", "").isalnum() else ""

    def refusal(self) -> DeliveryError | None:
        """The error that the status means: 408, 429 and 5xx may be tried again."""
        if 200 <= self.status < 300:
            return None
        again = self.status in (408, 429) or self.status >= 500
        word = self.word()
        return DeliveryError(
            f"HTTP {self.status}" + (f" {word}" if word else ""),
            permanent=not again,
            retry_after=self.wait,
        )


class RefusedAddressError(OSError):
    """A name leads to an address that may not be talked to."""


class CheckedResolver(AbstractResolver):
    """Resolves a name once for each connection, which goes to the address that was checked."""

    def __init__(self, hosts: Hosts, beneath: AbstractResolver | None = None) -> None:
        self._hosts = hosts
        self._beneath = beneath

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a name; RefusedAddressError if there is none."""
        if self._beneath is None:
            self._beneath = aiohttp.ThreadedResolver()
        found = await self._beneath.resolve(host, port, family)
        allowed = [one for one in found if self._hosts.allows(host, ip_address(one["host"]))]
        if not allowed:
            raise RefusedAddressError("the host's address is not allowed")
        return allowed

    async def close(self) -> None:
        """Let go of the resolver beneath."""
        if self._beneath is not None:
            await self._beneath.close()


class Client:
    """Posts below one address; connections are kept and used again. `timeout` is in seconds."""

    def __init__(
        self,
        base: Secret,
        hosts: Hosts,
        access: Access = Access(),  # noqa: B008 -- a frozen value
        resolver: AbstractResolver | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._base, self._access, self._timeout = base, access, timeout
        self._resolver = CheckedResolver(hosts, resolver)
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, body: bytes, path: str = "", *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post JSON; the status is the answer, its text only as far as it came at once."""
        return await self._ask("POST", path, body, headers or {}, {}, whole=False)

    async def call(
        self,
        path: str,
        body: bytes | None = None,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post JSON, or get without a body, and read the whole answer."""
        method = "GET" if body is None else "POST"
        return await self._ask(method, path, body, headers, query or {}, whole=True)

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def _ask(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        *,
        whole: bool,
    ) -> Answer:
        session = self._session = self._session or self._open()
        try:
            async with session.request(
                method,
                self._base.reveal() + path,
                data=None if body is None else BytesIO(body),
                params=query,
                headers={"Content-Type": "application/json"} | self._authorization() | {**headers},
                allow_redirects=False,
                ssl=self._access.tls,
            ) as answer:
                text = await (_read(answer) if whole else _glance(answer))
                return Answer(answer.status, text, seconds(answer.headers.get("Retry-After")))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _failure(error) from None

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=self._resolver, use_dns_cache=False, limit=_CONNECTIONS, keepalive_timeout=15
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=_CONNECT),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            headers={"User-Agent": "streamgauge"},
        )

    def _authorization(self) -> dict[str, str]:
        access = self._access
        if access.secret is None:
            return {}
        if access.scheme:
            return {"Authorization": f"{access.scheme} {access.secret.reveal()}"}
        pair = f"{access.user}:{access.secret.reveal()}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}


def check_address(field: str, address: Secret, hosts: Hosts, *, plain: bool = False) -> Secret:
    """The address, if it may be asked: https, or http on this machine.

    `plain` allows http to hosts that the list of hosts has. ParameterError tells the host at most.
    """
    try:
        # As aiohttp reads it, which takes other digits and dots for those of an address.
        parts = URL(address.reveal())
        host = parts.host or ""
    except ValueError:
        raise ParameterError(field, "expected an https address") from None
    safe = parts.scheme == "https" or (
        parts.scheme == "http" and (is_here(host) or (plain and hosts.names(host)))
    )
    if not safe or not host or parts.raw_user is not None:
        also = ", or an http address of a host that `hosts` lists" if plain else ""
        raise ParameterError(field, f"expected an https address{also}")
    if not hosts.may_ask(host):
        raise ParameterError(field, f"host {host} is not allowed; see `hosts`")
    return address


def seconds(text: str | None) -> float | None:
    """Retry-After, seconds or a date, as seconds from now between 0 and MAX_WAIT.

    >>> seconds("30"), seconds("86400"), seconds("soon")
    (30.0, 600.0, None)
    """
    if text is None:
        return None
    with contextlib.suppress(ValueError):
        wait = float(text)
        return None if wait != wait else min(max(0.0, wait), MAX_WAIT)  # noqa: PLR0124 -- NaN
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        until = parsedate_to_datetime(text)
        left = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        return min(max(0.0, left), MAX_WAIT)
    return None


def _failure(error: Exception) -> DeliveryError:
    cause: Any = getattr(error, "os_error", error)
    if isinstance(cause, RefusedAddressError):
        return DeliveryError(str(cause))
    # Before a connection stands, nothing can have been accepted.
    unknown = not isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    return DeliveryError(type(error).__name__, unknown=unknown)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    text = b""
    async for piece in answer.content.iter_any():
        text += piece
        if len(text) > _MAX_ANSWER:
            raise ValueError("too long")
    return text


async def _glance(answer: aiohttp.ClientResponse) -> bytes:
    """What of the answer is there at once; whatever becomes of the rest, the status counts."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
        async with asyncio.timeout(_REST):
            text = await answer.content.read(1000)
            if text and not answer.content.at_eof():
                text += await answer.content.read(1000)
            return text
    return b""
