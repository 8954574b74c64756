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
    options,
    plain,
    section,
    select,
)
from tests.workspace.conftest import AMIR, CLAIRE, LEGAL, STRANGER, Desk, Start

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
def quiet(page: Page, start: Start) -> Iterator[Page]:
    """A page whose console must stay free of errors, such as policy violations.

    It is judged before the workspaces of `start` go away, which the page would complain about.
    """
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


async def test_what_is_being_typed_outlives_an_update(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=CLAIRE, text="Please decide", blocks=CARD)
    await visit(quiet, desk)
    await quiet.click("[data-action-id=form]")
    await quiet.locator("dialog#modal [data-field=typed]").fill("half a sen")
    view = await desk.person(CLAIRE).modal()
    await desk.client.views_update(view_id=view.id, view=FORM | {"title": plain("Updated")})
    await expect(quiet.locator("dialog#modal h2")).to_have_text("Updated")
    await quiet.keyboard.type("tence")
    await expect(quiet.locator("dialog#modal [data-field=typed]")).to_have_value("half a sentence")


async def test_a_stranger_sees_the_shared_channel_only(quiet: Page, desk: Desk) -> None:
    await desk.client.chat_postMessage(channel="C0SHARED01", text="For both of us")
    await visit(quiet, desk, STRANGER)
    await expect(quiet.locator("article")).to_contain_text("For both of us")
    await expect(quiet.locator(".side-link")).to_have_count(1)


async def test_the_page_fits_a_phone(quiet: Page, desk: Desk) -> None:
    await quiet.set_viewport_size({"width": 375, "height": 740})
    await visit(quiet, desk)
    assert await quiet.evaluate("document.documentElement.scrollWidth") <= 375
    last = await quiet.locator("[data-tab=messages]").bounding_box()
    mark = await quiet.locator(".team-mark").bounding_box()
    assert last is not None
    assert mark is not None
    assert last["x"] + last["width"] <= 375
    assert mark["width"] == mark["height"]


async def test_whoever_types_another_command_hears_of_the_one_there_is(page: Page, desk: Desk) -> None:
    await visit(page, desk)
    await page.fill(".composer-entry", "/dance")
    await page.press(".composer-entry", "Enter")
    await expect(page.locator(".composer .message-warning")).to_contain_text("/approvals")
