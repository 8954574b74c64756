"""The page in a real browser: what a person sees and does there reaches the app and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect
from slack_bolt.async_app import AsyncApp

from tests.workspace.blocks import (
    actions,
    button,
    confirm,
    entry,
    home,
    input_block,
    modal,
    mrkdwn,
    option,
    options,
    plain,
    rich,
    section,
    select,
    table,
)
from tests.workspace.conftest import AMIR, CLAIRE, KENJI, LEGAL, Desk, Start

pytestmark = pytest.mark.browser

CARD = [
    {"type": "header", "text": plain("Payment to Globex")},
    actions(
        button("approve", text=plain("Approve"), style="primary", accessibility_label="Approve r-1"),
        button("reject", text=plain("Reject"), style="danger", confirm=confirm(title=plain("Sure?"))),
        button("form", text=plain("Form")),
        button("fail", text=plain("Fail")),
    ),
]
FORM = modal(
    input_block(entry(multiline=True, min_length=3), block_id="why", label=plain("Why?")),
    input_block(select(), block_id="one", optional=True, label=plain("One")),
    input_block(
        {"type": "multi_static_select", "action_id": "m", "options": options(3)},
        block_id="many",
        label=plain("Many"),
    ),
    input_block(
        {"type": "checkboxes", "action_id": "c", "options": options(2)},
        block_id="boxes",
        label=plain("Boxes"),
    ),
    input_block(
        {"type": "radio_buttons", "action_id": "r", "options": options(2)},
        block_id="radio",
        label=plain("Radio"),
    ),
    input_block({"type": "datepicker", "action_id": "d"}, block_id="date", label=plain("Date")),
    input_block({"type": "timepicker", "action_id": "t"}, block_id="time", label=plain("Time")),
    input_block({"type": "datetimepicker", "action_id": "dt"}, block_id="moment", label=plain("Moment")),
    input_block(
        {"type": "number_input", "action_id": "n", "is_decimal_allowed": True},
        block_id="number",
        label=plain("Number"),
    ),
    input_block({"type": "users_select", "action_id": "u"}, block_id="user", label=plain("User")),
    title=plain("A form"),
    submit=plain("Send"),
    callback_id="form",
)


class Clerk:
    """A small app: approves, opens a form, fails on demand."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def configure(self, app: AsyncApp) -> None:
        @app.action("approve")
        async def approve(ack: Any, body: Any, client: Any) -> None:
            await ack()
            where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
            await client.chat_update(**where, text="Approved", blocks=[section(text=mrkdwn("*Approved*"))])

        @app.action("reject")
        async def reject(ack: Any, respond: Any) -> None:
            await ack()
            await respond(text="Rejected, and only you know")

        @app.action("form")
        async def form(ack: Any, body: Any, client: Any) -> None:
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)
            await ack()

        @app.view("form")
        async def submitted(ack: Any, view: Any) -> None:
            self.seen.append(view["state"]["values"])
            if len(self.seen) == 1:
                await ack(response_action="errors", errors={"why": "Not good enough"})
            else:
                await ack()

        @app.command("/approvals")
        async def command(ack: Any, command: Any) -> None:
            await ack(f"You asked for {command['text']}")

        @app.event("app_home_opened")
        async def opened(event: Any, client: Any) -> None:
            await client.views_publish(user_id=event["user"], view=home(section(text=mrkdwn("Your inbox"))))


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
async def desk(start: Start, clerk: Clerk) -> Desk:
    return await start(configure=clerk.configure)


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page whose console must stay free of errors, such as policy violations."""
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.set_default_timeout(8000)
    yield page
    assert said == []


async def visit(page: Page, desk: Desk, user: str = CLAIRE, view: str = "dm") -> None:
    await page.goto(f"{desk.ws.base_url}/?user={user}&view={view}")
    await page.wait_for_selector("body[data-ready]")


async def test_a_card_is_approved_by_click(quiet: Page, desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk, "claire@acme.example")
    card = quiet.locator(f"article[data-message-ts='{posted['ts']}']")
    await card.get_by_role("button", name="Approve r-1").click()
    await expect(card.locator("strong")).to_have_text("Approved")
    await expect(card.locator("button[data-action-id]")).to_have_count(0)


async def test_a_card_is_approved_by_keyboard(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk)
    for _ in range(40):
        await quiet.keyboard.press("Tab")
        if await quiet.evaluate("document.activeElement.dataset.actionId") == "approve":
            break
    await quiet.keyboard.press("Enter")
    await expect(quiet.locator("article strong")).to_have_text("Approved")


async def test_a_confirmation_can_be_denied_and_given(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk)
    await quiet.click("[data-action-id=reject]")
    await expect(quiet.locator("#confirm h2")).to_have_text("Sure?")
    await quiet.click("[data-confirm=no]")
    assert await desk.operator.calls(name="block_actions") == []
    await quiet.click("[data-action-id=reject]")
    await quiet.click("[data-confirm=yes]")
    note = quiet.locator("article[data-ephemeral]")
    await expect(note).to_contain_text("only you know")
    await expect(note).to_contain_text("Visible par vous uniquement")


async def test_a_form_is_filled_and_submitted(quiet: Page, desk: Desk, clerk: Clerk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk)
    await quiet.click("[data-action-id=form]")
    form = quiet.locator("dialog#modal[data-view]")
    await expect(form.locator("h2")).to_have_text("A form")

    await form.locator("[data-modal=submit]").click()
    await expect(form.locator("[data-block-id=why] .input-error")).to_have_text(
        "Veuillez remplir ce champ obligatoire."
    )
    assert clerk.seen == []

    await form.locator("[data-field=typed]").fill("because")
    await form.locator("[data-field=choose]").select_option("v1")
    await form.locator("[data-block-id=many] summary").click()
    await form.locator("[data-block-id=many] input[value=v0]").check()
    await form.locator("[data-block-id=many] input[value=v2]").check()
    await form.locator("[data-block-id=boxes] input[value=v1]").check()
    await form.locator("[data-block-id=radio] input[value=v0]").check()
    await form.locator("[data-block-id=date] input").fill("2026-12-31")
    await form.locator("[data-block-id=time] input").fill("09:30")
    await form.locator("[data-block-id=moment] input").fill("2026-07-01T09:00")
    await form.locator("[data-field=n]").fill("2.5")
    await form.locator("[data-field=u]").select_option(AMIR)
    await form.locator("[data-modal=submit]").click()
    await expect(form.locator("[data-block-id=why] .input-error")).to_have_text("Not good enough")
    await form.locator("[data-field=typed]").fill("because I say so")
    await form.locator("[data-modal=submit]").click()
    await expect(quiet.locator("dialog#modal")).not_to_be_visible()

    values = clerk.seen[1]
    assert values["why"]["typed"]["value"] == "because I say so"
    assert values["one"]["choose"]["selected_option"]["value"] == "v1"
    assert [o["value"] for o in values["many"]["m"]["selected_options"]] == ["v0", "v2"]
    assert [o["value"] for o in values["boxes"]["c"]["selected_options"]] == ["v1"]
    assert values["radio"]["r"]["selected_option"]["value"] == "v0"
    assert (values["date"]["d"]["selected_date"], values["time"]["t"]["selected_time"]) == (
        "2026-12-31",
        "09:30",
    )
    assert values["moment"]["dt"]["selected_date_time"] == 1_782_910_800  # 09:00 in Toronto
    assert values["number"]["n"]["value"] == "2.5"
    assert values["user"]["u"]["selected_user"] == AMIR


async def test_escape_closes_a_modal(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk)
    await quiet.click("[data-action-id=form]")
    await quiet.locator("dialog#modal textarea").press("Escape")
    await expect(quiet.locator("dialog#modal")).not_to_be_visible()
    assert await desk.person(CLAIRE).modal() is None


async def test_an_app_that_fails_is_seen_to_fail(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk, AMIR, "legal-approvals")
    await desk.client.chat_postMessage(channel=LEGAL, text="Please decide", blocks=CARD)
    await quiet.click("[data-action-id=fail]")
    warning = quiet.locator("article .message-warning")
    await expect(warning).to_contain_text("answered with an error")
    await quiet.click("[data-open=log]")
    refused = quiet.locator(".call-refused[data-call=block_actions]")
    await expect(refused).to_have_attribute("data-error", "dispatch_failed")


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
    await expect(quiet.locator("article time.moment")).to_have_text("jeudi 1 janvier 2026, 07 h 00")
    await expect(quiet.locator(".side h2").first).to_have_text("Canaux")
    await visit(quiet, desk, KENJI)
    await expect(quiet.locator("article time.moment")).to_have_text("Thursday, January 1, 2026, 09:00 PM")
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
