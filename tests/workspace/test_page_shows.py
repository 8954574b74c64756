"""What the page shows: news, zones and languages, markup, every block, raw JSON, bad weather."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.workspace.blocks import (
    actions,
    button,
    entry,
    input_block,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    section,
    select,
    table,
)
from tests.workspace.conftest import AMIR, CLAIRE, KENJI, LEGAL, Desk
from tests.workspace.test_page import clerk, desk, quiet, visit

pytestmark = pytest.mark.browser
__all__ = ["clerk", "desk", "quiet"]


async def test_news_come_without_a_reload(quiet: Page, desk: Desk) -> None:
    await visit(quiet, desk, AMIR, "legal-approvals")
    await expect(quiet.locator("#messages .empty")).to_be_visible()
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="*Fresh* news")
    await expect(quiet.locator("article strong")).to_have_text("Fresh")
    await desk.client.chat_update(channel=LEGAL, ts=posted["ts"], text="Old news")
    await expect(quiet.locator("article")).to_contain_text("Old news")
    await expect(quiet.locator("article .edited")).to_be_visible()
    await desk.client.chat_delete(channel=LEGAL, ts=posted["ts"])
    await expect(quiet.locator("article")).to_have_count(0)


async def test_each_reader_has_their_own_zone_and_language(quiet: Page, desk: Desk) -> None:
    noon = 1_767_268_800  # 2026-01-01 12:00 UTC
    text = f"<!date^{noon}^{{date_long}}, {{time}}|later>"
    for user in (CLAIRE, KENJI):
        await desk.client.chat_postMessage(channel=user, text=text)
    await visit(quiet, desk, CLAIRE)
    await expect(quiet.locator("article time.moment")).to_have_text("jeudi 1 janvier 2026, 7 h 00")
    await expect(quiet.locator(".side h2").first).to_have_text("Canaux")
    await visit(quiet, desk, KENJI)
    await expect(quiet.locator("article time.moment")).to_have_text("Thursday, January 1, 2026, 9:00 PM")
    await expect(quiet.locator(".side h2").first).to_have_text("Channels")


async def test_another_person_is_chosen(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=AMIR, text="For Amir")
    await visit(quiet, desk, CLAIRE)
    await quiet.click("#whoami")
    await quiet.click(f"#people [data-user={AMIR}]")
    await expect(quiet.locator("article")).to_contain_text("For Amir")
    await expect(quiet.locator("#whoami")).to_contain_text("Amir Haddad")
    assert "amir%40acme.example" in quiet.url


async def test_app_home(quiet: Page, desk: Desk) -> None:
    await visit(quiet, desk, CLAIRE, "home")
    await expect(quiet.locator("#home")).to_contain_text("Your inbox")
    await quiet.click("[data-tab=messages]")
    await expect(quiet.locator("#home")).not_to_be_visible()


async def test_commands_and_words(quiet: Page, desk: Desk) -> None:
    await visit(quiet, desk, AMIR, "legal-approvals")
    await quiet.fill(".composer-entry", "/approvals everything")
    await quiet.press(".composer-entry", "Enter")
    await expect(quiet.locator("article[data-ephemeral]")).to_contain_text("You asked for everything")
    await quiet.fill(".composer-entry", "hello")
    await quiet.press(".composer-entry", "Enter")
    await expect(quiet.locator("article").last).to_contain_text("Amir Haddad")


async def test_threads(quiet: Page, desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="parent")
    await desk.client.chat_postMessage(channel=LEGAL, text="a reply", thread_ts=posted["ts"])
    await visit(quiet, desk, AMIR, "legal-approvals")
    await expect(quiet.locator("#messages article")).to_have_count(1)
    await quiet.click(".replies")
    await expect(quiet.locator("#panel article")).to_have_count(2)
    await desk.client.chat_postMessage(channel=LEGAL, text="another", thread_ts=posted["ts"])
    await expect(quiet.locator("#panel article")).to_have_count(3)
    await expect(quiet.locator("#messages .replies")).to_contain_text("2")


async def test_markup_is_rendered_and_never_obeyed(quiet: Page, desk: Desk) -> None:
    text = (
        "*bold* _it_ ~no~ `code` <https://a.example|link> <@U0AMIR0001> <!here> "
        "&lt;img src=x onerror=alert(1)&gt; <javascript:alert(1)|x> :bell: snake_case_word 2*3*4"
    )
    await desk.client.chat_postMessage(channel=CLAIRE, text="x", blocks=[section(text=mrkdwn(text))])
    await visit(quiet, desk)
    body = quiet.locator("article .section-text")
    for tag, expected in (("strong", "bold"), ("em", "it"), ("s", "no"), ("code", "code")):
        await expect(body.locator(tag)).to_have_text(expected)
    await expect(body.locator("a")).to_have_attribute("href", "https://a.example")
    await expect(body.locator(".mention").first).to_have_text("@Amir Haddad")
    await expect(body.locator("img")).to_have_count(0)
    for part in ("<img src=x onerror=alert(1)>", "snake_case_word 2*3*4", "🔔"):
        await expect(body).to_contain_text(part)


EVERYTHING = [
    {"type": "header", "text": plain(":rocket: Header")},
    section(fields=[mrkdwn("*a*"), plain("b")], accessory=select()),
    {"type": "context", "elements": [mrkdwn("_context_"), plain("plain")]},
    {"type": "divider"},
    actions(
        button(),
        select(),
        {"type": "overflow", "action_id": "o", "options": options(2)},
        {"type": "datepicker", "action_id": "d"},
        {"type": "checkboxes", "action_id": "c", "options": options(2)},
        {"type": "users_select", "action_id": "u"},
        {"type": "conversations_select", "action_id": "cs"},
        {"type": "multi_static_select", "action_id": "ms", "options": options(2)},
    ),
    rich({"type": "text", "text": "rich <!channel>", "style": {"bold": True}}),
    {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "quoted"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "fixed"}]},
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "item"}]}],
            },
        ],
    },
    {"type": "markdown", "text": "# Title\n\n- one\n- **two**\n\n> quote\n\n```\nfence\n```"},
    input_block(entry(), hint=plain("hint")),
    table(2, 3),
]


async def test_every_block_is_shown(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(
        channel=CLAIRE,
        text="x",
        blocks=EVERYTHING,
        attachments=[{"color": "#2eb886", "blocks": [section()], "fallback": "x"}],
    )
    await visit(quiet, desk)
    article = quiet.locator("article")
    await expect(article.locator(".block-unknown")).to_have_count(0)
    await expect(article.locator(".message-body > .block")).to_have_count(len(EVERYTHING))
    await expect(article.locator("pre").first).to_have_text("fixed")
    await expect(article.locator(".block-rich strong")).to_have_text("rich <!channel>")
    bar = await article.locator(".attachment-body").evaluate("n => getComputedStyle(n).borderLeftColor")
    assert bar == "rgb(46, 184, 134)"
    unnamed = await quiet.evaluate(
        "[...document.querySelectorAll('button, input, select, textarea')].filter(n => n.checkVisibility()"
        " && !(n.textContent.trim() || n.ariaLabel || n.getAttribute('aria-labelledby') || n.labels?.length"
        " || n.placeholder)).map(n => n.outerHTML)"
    )
    assert unnamed == []


async def test_the_raw_json_stands_beside(quiet: Page, desk: Desk) -> None:
    posted = await desk.call("chat.postMessage", channel=CLAIRE, blocks=[section(text=mrkdwn("<!channel>"))])
    await visit(quiet, desk)
    await expect(quiet.locator("article [data-no-text]")).to_be_visible()
    await quiet.hover("article")
    await quiet.click("[data-tool=raw]")
    await expect(quiet.locator("#panel .json")).to_contain_text(posted["ts"])
    await expect(quiet.locator("#panel .live-bad")).to_contain_text("broadcast")


async def test_bad_weather_is_made_in_the_page(quiet: Page, desk: Desk) -> None:
    await visit(quiet, desk, AMIR)
    await quiet.click("[data-open=weather]")
    await quiet.select_option(".weather select", "ratelimited")
    await quiet.click(".weather button[type=submit] >> nth=0")
    await expect(quiet.locator(".faults li")).to_contain_text("ratelimited")
    assert (await desk.call("auth.test"))["error"] == "ratelimited"


async def test_menus_tell_the_app_at_once(quiet: Page, desk: Desk) -> None:
    overflow = {"type": "overflow", "action_id": "o", "options": options(2)}
    blocks = [actions(select(options=[option(1)]), overflow)]
    await desk.client.chat_postMessage(channel=CLAIRE, text="x", blocks=blocks)
    await visit(quiet, desk)
    await quiet.click("[data-open=log]")
    told = quiet.locator(".call[data-call=block_actions]")
    await quiet.select_option("[data-field=choose]", "v1")
    await expect(told).to_have_count(1)
    await quiet.click("[data-action-id=o]")
    await quiet.click("[role=menuitem][data-value=v0]")
    await expect(told).to_have_count(2)
    chosen = [call["sent"]["actions"][0] for call in await desk.operator.calls(name="block_actions")]
    assert [action["selected_option"]["value"] for action in chosen] == ["v1", "v0"]
