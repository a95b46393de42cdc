"""Whatever arrives, the API answers that it is wrong, and goes on answering."""

import random

import aiohttp
from yarl import URL

from streamgauge.settings import Alerting

from .desk import TOKEN, TestDesk, opened

SEED = 7
TIMES = b'"startsAt":"2026-12-31T23:59:59Z","endsAt":"9999-12-31T23:59:59.9Z"'
BODIES = [
    b'[{"labels":{"a":"\\ud800"}}]',
    b'[{"labels":{"a":"\\u0000"},"endsAt":"9999-12-31T23:59:59Z"}]',
    b'[{"labels":{"a":"b"},"endsAt":"2030-01-01"}]',
    b'[{"labels":{"a":1}},null]',
    b'{"matchers":[{"name":"a","value":"((","isRegex":true}],"createdBy":"a","comment":"c",'
    + TIMES
    + b"}",
    b'{"owner":"a","for":"99999999999999y","episode":1e999}',
    b"",
]
QUERIES = [
    "filter=%ff",
    "filter=a%3D~%28",
    "receiver=%28",
    "active=%00",
    "since=99999999999y",
    "fingerprint=%00",
    "token=%ff.%ff",
]
READS = [
    "/api/v2/alerts",
    "/api/v2/alerts/groups",
    "/api/v2/alerts/%00/explain",
    "/api/v2/silences",
    "/api/v2/silence/%ff",
    "/api/v2/history",
    "/ack",
]


def spoil(body: bytes, chance: random.Random) -> bytes:
    """The body with some bytes set, left out or put in."""
    spoilt = bytearray(body)
    for _ in range(chance.randint(0, 4) if body else 0):
        at = chance.randrange(len(spoilt))
        piece = bytes([chance.choice([chance.randrange(256), *b'{}[]":,0\\'])])
        spoilt[at : at + chance.randint(0, 1)] = chance.choice([b"", piece]) or piece
    return bytes(spoilt)


async def test_garbage_is_refused() -> None:
    chance = random.Random(SEED)
    alerting = Alerting(token=TOKEN, link_key="0" * 16, slack_signing_secret="s")
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    desk = TestDesk()
    async with opened(desk, alerting) as site, aiohttp.ClientSession() as session:
        writes = ["/api/v2/alerts", "/api/v2/silences", "/api/v2/alerts/f/ack", "/ack"]
        for _ in range(400):
            body, path = spoil(chance.choice(BODIES), chance), chance.choice(writes)
            async with session.post(site + path, data=body, headers=headers) as answer:
                assert answer.status < 500, (path, body, await answer.text())
        for path in READS:
            for query in QUERIES:
                async with session.get(URL(f"{site}{path}?{query}", encoded=True)) as answer:
                    assert answer.status < 500, (path, query, await answer.text())
        for path in ("/api/v2/alerts", "/api/v2/silences"):
            async with session.get(site + path) as answer:
                assert answer.status == 200
