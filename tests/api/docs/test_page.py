"""`/docs` and `/llms.txt`: readable without the network, a script or a key."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from playwright.async_api import Page

from api.app import MOUNTS
from api.docs.prose import prose
from tests.api.bench import Bench


class Links(HTMLParser):
    """What a page names, links to and loads."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.loads += [given["href"]] if tag == "link" else []
        assert "style" not in given
        assert not [name for name in given if name.startswith("on")]


async def page_of(bench: Bench, path: str, **headers: str) -> str:
    """A page of the documentation."""
    answer = await bench.call("GET", path, headers=headers)
    assert (answer.status, answer.content_type) == (200, "text/html")
    return await answer.text()


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_every_route_has_its_place(bench: Bench, language: str) -> None:
    text = await page_of(bench, f"/docs/{language}")
    found = Links()
    found.feed(text)
    assert f'lang="{language}"' in text
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links if link.startswith("#")} <= set(found.ids)
    assert text.count("<article") == sum(len(mount.ops) for mount in MOUNTS) + 3
    for mount in MOUNTS:
        for op in mount.ops:
            assert f"<code>{op.path}</code>" in text
    assert "</code>`" not in text
    assert ">None" not in text


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_nothing_comes_from_elsewhere(bench: Bench, language: str) -> None:
    answer = await bench.call("GET", f"/docs/{language}")
    found = Links()
    found.feed(await answer.text())
    assert found.tags.isdisjoint({"script", "img", "iframe", "style"})
    assert found.loads == ["/docs/style.css"]
    assert [link for link in found.links if not link.startswith(("#", "/"))] == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self'" in policy
    css = await bench.call("GET", "/docs/style.css")
    assert (css.status, css.content_type) == (200, "text/css")
    assert re.findall(r"url\(|@import", await css.text()) == []


async def test_french_is_french(bench: Bench) -> None:
    french, english = await page_of(bench, "/docs/fr"), await page_of(bench, "/docs/en")
    for mount in MOUNTS:
        for op in mount.ops:
            title = prose(mount.name).titles[f"{op.method} {op.path}"].replace("'", "&#x27;")
            assert title in french
            assert f">{op.summary}</a></h3>" in english


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-US,fr;q=0.5", "en"),
        ("de, fr", "fr"),
        ("de", "en"),
        ("\u00e9", "en"),
    ],
)
async def test_a_browser_gets_its_language(bench: Bench, header: str, language: str) -> None:
    text = await page_of(bench, "/docs", **{"Accept-Language": header})
    assert f'<html lang="{language}">' in text


async def test_for_agents(bench: Bench) -> None:
    answer = await bench.call("GET", "/llms.txt")
    text = await answer.text()
    assert (answer.status, answer.content_type) == (200, "text/plain")
    assert text.startswith("# Sentinel Desk\n\n> ")
    assert text.count("curl ") == len(MOUNTS)
    for link in re.findall(r"\]\((/[^)]*)\)", text):
        assert (await bench.call("GET", link)).status == 200
    for mount in MOUNTS:
        for op in mount.ops:
            assert f"`{op.method} {op.path}`" in text


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
async def test_in_a_browser(bench: Bench, page: Page, width: int) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"http://127.0.0.1:{bench.client.port}/docs/en")
    await page.get_by_role("navigation").get_by_role("link", name="Create a template").click()
    heading = page.locator("#hitl_create_a_template h3")
    await heading.wait_for()
    assert await heading.evaluate("it => it.getBoundingClientRect().top < innerHeight")
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert await page.evaluate(wide)
    await page.get_by_role("link", name="Français").click()
    await (
        page.get_by_role("heading", name="Pour commencer")
        .or_(page.get_by_role("heading", level=1))
        .first.wait_for()
    )
    assert await page.locator("html").get_attribute("lang") == "fr"
    assert said == []
