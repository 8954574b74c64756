"""What a person does on the first day: open the page in a browser and click Approve."""

from __future__ import annotations

import os
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.journeys.process import desk_process
from tests.nursery import ROOT

pytestmark = pytest.mark.browser

ASKED = {
    "agent_id": "quote-bot",
    "agent_name": "QuoteBot Agent",
    "request_type": "compliance",
    "domain": "legal",
    "jurisdiction": "Québec",
    "summary": "Validate Bill 25 compliance for this service contract",
    "context_json": {"contract_id": "CTR-2026-0412", "amount": 50000, "parties": ["Acme Corp", "Client XYZ"]},
}

CARD = "article[data-message-ts]"


async def picture(page: Page, name: str, folder: Path) -> None:
    """A screenshot of the card; kept in the documentation where `SCREENSHOTS` asks for it."""
    taken = await page.locator(CARD).first.screenshot(path=folder / name)
    assert taken.startswith(b"\x89PNG")
    if os.environ.get("SCREENSHOTS"):
        (ROOT / "docs" / "assets" / name).write_bytes(taken)


async def test_a_click_on_approve_in_the_page_decides(page: Page, tmp_path: Path) -> None:
    async with desk_process(tmp_path, DESK_SLACK="local") as desk, aiohttp.ClientSession() as http:
        await desk.start()
        headers = {"x-api-key": await desk.key("requests")}
        async with http.post(f"{desk.url}/ai-request", json=ASKED, headers=headers) as answer:
            request_id = (await answer.json())["request_id"]

        await page.set_viewport_size({"width": 1180, "height": 1000})
        await page.goto(f"{desk.url}/workspace/?user=marie@example.com&view=dm")
        approve = page.locator('[data-action-id="approval.approve"]')
        await expect(approve).to_be_visible(timeout=20_000)
        await picture(page, "card.png", tmp_path)
        await approve.click()

        await expect(approve).to_have_count(0, timeout=20_000)
        await picture(page, "card-approved.png", tmp_path)
        async with http.get(f"{desk.url}/ai-request", params={"id": request_id}, headers=headers) as answer:
            request = (await answer.json())["request"]
        assert (request["status"], request["verdict"]) == ("decided", "approved")
        assert request["evidence"]["decided_by"] == "marie@example.com"
