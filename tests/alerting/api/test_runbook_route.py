"""The runbooks where a message's link leads."""

from pathlib import Path

import aiohttp

from .desk import TestDesk, opened

PAGES = sorted((Path(__file__).parents[3] / "docs" / "runbooks").glob("*.md"))


async def test_the_pages_of_the_shipped_rules_are_there_to_read_and_nothing_else() -> None:
    assert len(PAGES) > 30
    async with opened(TestDesk()) as site, aiohttp.ClientSession() as session:
        for page in PAGES:
            async with session.get(f"{site}/docs/runbooks/{page.name}") as answer:
                assert (answer.status, answer.content_type) == (200, "text/plain"), page
                assert await answer.text() == page.read_text("utf-8")
        for name in ("none.md", "..%2f..%2fREADME.md", "%2e%2e", "Watchdog", "x%00.md"):
            async with session.get(f"{site}/docs/runbooks/{name}") as answer:
                assert answer.status == 404, name
