"""Takes docs/dashboard.png: the page, a minute and a half into the demo's traffic, in an incident.

Run it with `make picture`; it needs Chromium.
"""

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

import msgspec
from playwright.async_api import async_playwright

from streamgauge.demo.stack import command, stack, wait_ready
from streamgauge.models.generate import generate
from streamgauge.models.train import train
from streamgauge.producers.scenario import load
from streamgauge.producers.simulate import drive

OUT = Path(__file__).parent / "dashboard.png"
QUIET_S = 80.0
INCIDENT_S = 14.0
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


async def picture(url: str) -> None:
    """A screenshot of the whole page."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=browser, args=ARGUMENTS)
        page = await chromium.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(url)
        await page.wait_for_timeout(2_500)
        await page.screenshot(path=OUT, full_page=True)
        await chromium.close()


async def main() -> None:
    """Start the demo's parts, let an incident come, and look."""
    folder = Path(tempfile.mkdtemp(prefix="streamgauge-"))
    with stack(folder, folder / "models", quiet=True) as running:
        generate(out=folder / "scans.jsonl")
        for version in ("1", "2"):
            train(data=folder / "scans.jsonl", out=folder / "models", version=version, plots=False)
        running.children.append(command("serve", folder / "serve.log"))
        wait_ready(running, "serve", "worker", "dashboard")
        scenario = load("demo")
        begun = time.monotonic()
        faults = tuple(
            msgspec.structs.replace(fault, start=QUIET_S, duration=60.0)
            for fault in scenario.faults
        )
        stop = asyncio.Event()
        traffic = asyncio.create_task(
            drive(
                msgspec.structs.replace(scenario, faults=faults),
                settings=running.settings,
                url=running.url("serve"),
                data=folder / "scans.jsonl",
                stop=stop,
            )
        )
        await asyncio.sleep(QUIET_S + INCIDENT_S - (time.monotonic() - begun))
        await picture(running.url("dashboard"))
        stop.set()
        await traffic
    shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
