"""The guarded client against servers that fail in every way that research §5 lists."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import structs
from tests.requirement import allowed

from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client, check_address, seconds
from streamgauge.alerting.receivers.http_config import Access, open_trust
from streamgauge.alerting.receivers.receiver import DeliveryError, ParameterError
from streamgauge.alerting.receivers.secret import Secret
from streamgauge.bench.receiver_end.http_end import serve
from streamgauge.bench.receiver_end.webhook_end import WebhookEnd

from .authority import Authority


class Names(AbstractResolver):
    """Answers each question with the next address: what a rebinding name server does."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        address = self.addresses.pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)
        ]

    async def close(self) -> None:
        pass


@asynccontextmanager
async def opened(url: str, *hosts: str, **more: Any) -> AsyncIterator[Client]:
    client = Client(Secret(url), Hosts(hosts), **more)
    try:
        yield client
    finally:
        await client.close()


async def fail(client: Client) -> DeliveryError:
    try:
        refusal = (await client.post(b"{}")).refusal()
    except DeliveryError as error:
        return error
    assert refusal
    return refusal


async def test_connections_are_used_again(webhook: WebhookEnd) -> None:
    async with opened(webhook.url) as client:
        for _ in range(3):
            assert (await client.post(b"{}")).status == 200
    assert len(webhook.log) == 3
    assert webhook.connections == 1


async def test_a_name_that_turns_to_an_inner_address_is_not_followed(webhook: WebhookEnd) -> None:
    port = webhook.origin.rpartition(":")[2]
    names = Names("169.254.169.254", "127.0.0.1", "10.0.0.1", "::1")
    async with opened(f"http://rebind.example:{port}/", resolver=names) as client:
        for _ in range(4):
            error = await fail(client)
            assert str(error) == "the host's address is not allowed"
            assert not error.unknown
    assert webhook.asked == 0


async def test_the_checked_address_is_the_one_that_is_connected_to(webhook: WebhookEnd) -> None:
    # Asked once for the connection: the second answer, elsewhere, is never heard.
    port = webhook.origin.rpartition(":")[2]
    names = Names("127.0.0.1", "203.0.113.1")
    url = f"http://pinned.example:{port}{webhook.paths[0]}"
    async with opened(url, "127.0.0.0/8", resolver=names) as client:
        for _ in range(2):
            assert (await client.post(b"{}")).status == 200
    assert names.addresses == ["203.0.113.1"]


async def test_a_redirect_is_not_followed(webhook: WebhookEnd) -> None:
    with serve(WebhookEnd) as elsewhere:
        for status in (301, 302, 307, 308):
            webhook.answers.append((status, "", {"Location": elsewhere.url}))
            async with opened(webhook.url) as client:
                assert (await fail(client)).permanent
        assert elsewhere.asked == 0


@pytest.mark.parametrize(
    ("answer", "permanent", "wait"),
    [
        ((429, "", {"Retry-After": "7"}), False, 7.0),
        ((429, "", {}), False, None),
        ((429, "", {"Retry-After": "0"}), False, 0.0),
        ((503, "", {"Retry-After": "86400"}), False, 600.0),
        ((502, "<html>", {}), False, None),
        ((408, "", {}), False, None),
        ((400, "no", {}), True, None),
        ((404, "", {}), True, None),
    ],
)
async def test_a_status_says_whether_to_ask_again(
    webhook: WebhookEnd, answer: tuple[int, str, dict[str, str]], permanent: bool, wait: float
) -> None:
    webhook.answers.append(answer)
    async with opened(webhook.url) as client:
        error = await fail(client)
    assert (error.permanent, error.retry_after, error.unknown) == (permanent, wait, False)


async def test_a_reset_after_the_request_leaves_the_outcome_unknown(webhook: WebhookEnd) -> None:
    webhook.lost = True
    webhook.answers.append("reset")
    async with opened(webhook.url) as client:
        error = await fail(client)
    assert (error.permanent, error.unknown) == (False, True)
    assert len(webhook.log) == 1


async def test_an_accepting_status_counts_whatever_becomes_of_the_text(
    webhook: WebhookEnd,
) -> None:
    webhook.answers += ["half", "drip"]
    async with opened(webhook.url) as client:
        began = time.monotonic()
        assert (await client.post(b"{}")).status == 200
        assert (await client.post(b"{}")).status == 200
        assert time.monotonic() - began < allowed(5)


async def test_an_answer_that_is_needed_and_drips_is_cut_off(webhook: WebhookEnd) -> None:
    webhook.always = "drip"
    async with opened(webhook.url, timeout=0.5) as client:
        with pytest.raises(DeliveryError) as caught:
            await client.call("", b"{}", headers={})
    assert caught.value.unknown


async def test_nothing_was_told_where_nobody_listens() -> None:
    async with opened("http://127.0.0.1:1/") as client:
        error = await fail(client)
    assert (error.permanent, error.unknown) == (False, False)


async def test_tls_has_to_be_of_a_trusted_authority_and_of_the_right_name(
    authority: Authority,
) -> None:
    trusting = Access(open_trust(authority.trust, authority.folder))
    named = structs.replace(authority.trust, server_name="hooks.example.org", min_version="TLS13")
    other = Access(open_trust(named, authority.folder))
    for name, access, accepted in (
        ("127.0.0.1", trusting, 1),
        ("127.0.0.1", Access(), 0),
        ("hooks.example.org", trusting, 0),
        ("hooks.example.org", other, 1),
        ("127.0.0.1", other, 0),
    ):
        with serve(WebhookEnd, authority.issue(name)) as end:
            async with opened(end.url, access=access) as client:
                if accepted:
                    assert (await client.post(b"{}")).status == 200
                else:
                    error = await fail(client)
                    assert not error.unknown
            assert len(end.log) == accepted


@pytest.mark.parametrize(
    ("address", "hosts", "plain"),
    [
        ("http://hooks.example.org/x", (), False),
        ("http://am.example.org:9093", (), True),
        ("ftp://127.0.0.1/x", (), True),
        ("https://", (), False),
        ("nothing", (), False),
        ("https://u:p@example.org/", (), False),
        ("https://10.0.0.1/", (), False),
        ("https://169.254.169.254/latest", (), False),
        ("https://[::ffff:10.0.0.1]/", (), False),
        # Addresses in disguise: other digits and dots (IDNA makes them those), octal, one number.
        ("https://\uff11\uff10.0.0.1/", (), False),
        ("https://169\u3002254\u3002169\u3002254/", (), False),
        ("https://\u2460\u2461\u2466.0.0.1/", ("hooks.slack.com",), False),
        ("https://012.0.0.1/", (), False),
        ("https://2852039166/", (), False),
        ("https://169.254.169.254./", (), False),
        ("https://example.org:99999/", (), False),
        ("https://example.org/", ("hooks.slack.com",), False),
    ],
)
def test_an_address_that_may_not_be_asked_is_refused_and_not_repeated(
    address: str, hosts: tuple[str, ...], plain: bool
) -> None:
    with pytest.raises(ParameterError) as caught:
        check_address("url", Secret(address + "/canary"), Hosts(hosts), plain=plain)
    assert "canary" not in str(caught.value)


def test_a_listed_host_may_be_asked_in_the_clear_where_that_is_allowed() -> None:
    listed = Hosts(["am.example.org", "10.0.0.0/8"])
    check_address("url", Secret("http://am.example.org:9093"), listed, plain=True)
    check_address("url", Secret("http://10.1.2.3:9093"), listed, plain=True)
    with pytest.raises(ParameterError):
        check_address("url", Secret("http://am.example.org:9093"), listed)


def test_retry_after_may_be_a_date_and_is_never_absurd() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40))
    assert seconds(soon) == pytest.approx(40, abs=5)
    assert seconds(format_datetime(datetime.now(UTC) - timedelta(days=1))) == 0.0
    assert seconds(format_datetime(datetime.now(UTC) + timedelta(days=9))) == 600.0
    assert seconds("Wed, 21 Oct 2015 07:28:00 +99999999999999999999") is None
    for text, wait in (("-3", 0.0), ("inf", 600.0), ("nan", None), ("soon", None), (None, None)):
        assert seconds(text) == wait
