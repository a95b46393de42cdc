"""The page in a real browser: what a person sees, and that it stays on this machine."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Page, Request, expect, sync_playwright
from tests.requirement import allowed

from streamgauge.dashboard.board import Board, wall_clock
from streamgauge.dashboard.live import Live
from streamgauge.dashboard.record import Record
from streamgauge.embedded import free_port
from streamgauge.settings import Settings

from .conftest import served
from .sample import alert, allocation, heartbeat, measure, tick
from .test_live import Writer

pytestmark = pytest.mark.browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SOON = 120_000  # ms; a limit on a busy machine, not a promise
expect.set_options(timeout=SOON)
HOSTILE = '<img src=x onerror="document.title=1"><b>'


class Tab:
    """A page and what it asked for, said and broke on the way."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", self._on_request)
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _on_request(self, request: Request) -> None:
        self.requests.append(request.url)


@contextmanager
def browse(chromium: str, site: str, width: int = 1280) -> Iterator[Tab]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        try:
            tab = Tab(browser.new_page(viewport={"width": width, "height": 900}))
            tab.page.goto(site + "/")
            yield tab
        finally:
            browser.close()


def now_window(**more: float) -> Record:
    return measure(start=wall_clock() // 60_000 * 60_000 - 60_000, **more)  # type: ignore[arg-type]  # numbers by name


def fill(board: Board) -> None:
    now = wall_clock()
    # On a busy machine a test takes longer than a service may be silent.
    later = now + 120_000
    board.fold([now_window(), heartbeat(later), tick(now, at=later), allocation(4), alert(at=now)])


@pytest.mark.kafka
def test_a_measure_on_kafka_moves_the_page_and_an_alert_comes_and_goes(
    deployment: Settings, board: Board, site: str, chromium: str
) -> None:
    write = Writer(deployment.kafka)
    with Live(deployment.kafka, board), browse(chromium, site) as tab:
        page = tab.page
        expect(page.get_by_text("No traffic yet.")).to_be_visible()
        write("measures", now_window())
        write("measures", tick(wall_clock(), at=wall_clock() + 120_000))
        write("heartbeats", heartbeat(wall_clock() + 120_000))
        card = page.get_by_role("article", name="price version 1")
        expect(card).to_contain_text("72.0 ms")
        expect(page.get_by_role("status")).to_have_text("Healthy")
        write("measures", now_window(revision=2, p95=0.12))
        expect(card).to_contain_text("120 ms")

        began = wall_clock()
        write("alerts", alert(severity="critical", at=began))
        firing = page.locator("#alerts").get_by_text("price is slow")
        expect(firing).to_be_visible(timeout=SOON)
        expect(page.get_by_role("status")).to_have_text("Critical")
        write("alerts", alert("resolved", severity="critical", at=began))
        expect(firing).to_have_count(0)
        expect(page.get_by_text("Recently resolved")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("Healthy")

        write("allocations", allocation(4, 0.8), "exp")
        expect(page.get_by_role("cell", name="80 %", exact=True)).to_be_visible(timeout=SOON)
        expect(page.get_by_role("cell", name="0.800", exact=True)).to_be_visible()
        assert tab.complaints == []
        assert {url.split("/")[2] for url in tab.requests} == {site.removeprefix("http://")}


def test_a_stranger_s_names_stay_text(board: Board, site: str, chromium: str) -> None:
    now = wall_clock()
    made = allocation(4, experiment=HOSTILE)
    made.arms["a"] = HOSTILE
    board.fold(
        [
            measure(model=HOSTILE, version=HOSTILE, start=now // 60_000 * 60_000 - 60_000),
            alert(model=HOSTILE, summary=HOSTILE, severity=HOSTILE, rule=HOSTILE, at=now),
            heartbeat(now, service=HOSTILE, instance=HOSTILE),
            made,
            tick(now),
        ]
    )
    evil = alert(fingerprint="g", at=now)
    evil.annotations["runbook_url"] = "javascript:document.title=1"
    board.fold([evil])
    with browse(chromium, site) as tab:
        expect(tab.page.get_by_role("heading", name=HOSTILE).first).to_be_visible()
        assert tab.page.locator("img, main b").count() == 0
        expect(tab.page.get_by_text("javascript:document.title=1")).to_be_visible()
        assert tab.page.locator("a[href^=javascript]").count() == 0
        assert tab.page.title() != "1"
        assert tab.complaints == []
        assert not [url for url in tab.requests if url.endswith("/x")]


def test_the_first_paint_and_the_figures_come_within_two_seconds(
    board: Board, site: str, chromium: str
) -> None:
    now = wall_clock() // 60_000 * 60_000
    board.fold(
        measure(model=f"m{model}", start=now - number * 60_000)
        for model in range(50)
        for number in range(1, 121)
    )
    with browse(chromium, site) as tab:
        expect(tab.page.get_by_role("article", name="m49 version 1")).to_be_attached()
        paint = tab.page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        figures = tab.page.evaluate("performance.now()")
        assert paint < allowed(2_000)
        assert figures < allowed(4_000)


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_nothing_sticks_out_at_any_width(
    board: Board, site: str, chromium: str, width: int
) -> None:
    fill(board)
    board.fold([now_window(), measure(model="a-very-long-name-" * 6, start=wall_clock() - 60_000)])
    with browse(chromium, site, width) as tab:
        expect(tab.page.get_by_role("article", name="price version 1")).to_be_visible()
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_freshness_and_completeness_stand_beside_the_figures(
    board: Board, site: str, chromium: str
) -> None:
    now = wall_clock()
    start = now // 60_000 * 60_000
    board.fold(
        [
            measure(start=start, final=False, as_of=start + 30_000, completeness=0.75),
            tick(now, completeness=0.75),
        ]
    )
    with browse(chromium, site) as tab:
        card = tab.page.get_by_role("article", name="price version 1")
        expect(card).to_contain_text("open window, 50 %")
        expect(card).to_contain_text("75 % complete")
        expect(card).to_contain_text("updated")
        expect(tab.page.locator("#complete")).to_contain_text("75 % of the data in")
        board.fold([tick(now + 180_000)])
        expect(card).to_contain_text("no traffic for")


def test_an_absent_broker_is_told_on_the_page(board: Board, site: str, chromium: str) -> None:
    fill(board)
    with browse(chromium, site) as tab:
        badge = tab.page.get_by_role("status")
        expect(badge).to_have_text("Degraded")
        board.link(up=False)
        expect(badge).to_have_text("Stale")
        expect(tab.page.get_by_role("alert")).to_contain_text("Stale since")
        expect(tab.page.get_by_role("article", name="price version 1")).to_be_visible()
        board.link(up=True)
        expect(badge).to_have_text("Degraded")
        expect(tab.page.get_by_role("alert")).to_have_count(0)


def test_the_page_can_be_paused_and_read_by_keyboard(
    board: Board, site: str, chromium: str
) -> None:
    fill(board)
    with browse(chromium, site) as tab:
        page = tab.page
        card = page.get_by_role("article", name="price version 1")
        expect(card).to_contain_text("72.0 ms")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the figures")).to_be_focused()
        page.get_by_role("button", name="Pause").press("Enter")
        board.fold([now_window(revision=2, p95=0.12)])
        page.get_by_role("button", name="Resume").press("Enter")
        expect(card).to_contain_text("120 ms")
        latency = card.locator("figure").nth(1)
        latency.focus()
        latency.press("ArrowLeft")
        expect(latency.locator("figcaption")).to_contain_text("P50 45.0 · P95 120 · P99 98.0 ms")


def test_a_dashboard_that_ends_is_told_and_its_return_noticed(board: Board, chromium: str) -> None:
    fill(board)
    port = free_port()
    with ExitStack() as stack:
        with served(board, port) as site:
            tab = stack.enter_context(browse(chromium, site))
            card = tab.page.get_by_role("article", name="price version 1")
            expect(card).to_be_visible()
        expect(tab.page.get_by_role("alert")).to_contain_text("does not answer")
        expect(card).to_be_visible()
        again = Board()
        fill(again)
        again.fold([now_window(revision=2, p95=0.12)])
        with served(again, port):
            expect(card).to_contain_text("120 ms")
            expect(tab.page.get_by_role("alert")).to_have_count(0)
