"""chat.* and conversations.*: where a message may go, and what may be done with it afterwards."""

from __future__ import annotations

import orjson
import pytest
from slack_sdk.errors import SlackApiError

from tests.workspace.blocks import actions, mrkdwn, rich, section
from tests.workspace.conftest import (
    AMIR,
    ARCHIVED,
    BOARD,
    CLAIRE,
    GUEST,
    KENJI,
    LEFT,
    LEGAL,
    RANDOM,
    SHARED,
    STRANGER,
    Desk,
)


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE1", "channel_not_found"),
        ("#nowhere", "channel_not_found"),
        (RANDOM, "not_in_channel"),
        (ARCHIVED, "is_archived"),
        (LEFT, "channel_not_found"),
        (STRANGER, "channel_not_found"),
        ("C0NORDGEN1", "channel_not_found"),
        ("W0INGRID01", "channel_not_found"),
    ],
)
async def test_places_where_the_bot_may_not_write(desk: Desk, channel: str, error: str) -> None:
    assert (await desk.call("chat.postMessage", channel=channel, text="x"))["error"] == error


async def test_a_private_channel_without_the_bot_does_not_exist_for_it(desk: Desk) -> None:
    await desk.operator.patch(f"channels/{BOARD}", bot_is_member=False)
    assert (await desk.call("chat.postMessage", channel=BOARD, text="x"))["error"] == "channel_not_found"
    assert (await desk.call("conversations.info", channel=BOARD))["error"] == "channel_not_found"


async def test_a_public_channel_needs_membership_or_a_scope(desk: Desk) -> None:
    await desk.operator.post("tokens", do="scopes", scopes=["chat:write", "chat:write.public"])
    assert (await desk.call("chat.postMessage", channel=RANDOM, text="x"))["ok"]


@pytest.mark.parametrize("channel", [LEGAL, "#legal-approvals", "legal-approvals"])
async def test_channels_by_id_and_name(desk: Desk, channel: str) -> None:
    answer = await desk.client.chat_postMessage(channel=channel, text="x")
    assert answer["channel"] == LEGAL


async def test_a_direct_message_goes_to_a_d_channel(desk: Desk) -> None:
    opened = await desk.client.conversations_open(users=CLAIRE)
    posted = await desk.client.chat_postMessage(channel=CLAIRE, text="x")
    assert posted["channel"] == opened["channel"]["id"]
    assert posted["channel"].startswith("D")
    assert (await desk.client.conversations_open(users=CLAIRE))["already_open"]


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("", "users_list_not_supplied"),
        ("U0NOBODY01", "user_not_found"),
        (LEFT, "user_disabled"),
        ("W0INGRID01", "user_not_found"),
    ],
)
async def test_direct_messages_that_cannot_be_opened(desk: Desk, users: str, error: str) -> None:
    assert (await desk.call("conversations.open", users=users))["error"] == error


async def test_nothing_is_not_a_message(desk: Desk) -> None:
    for facts in ({}, {"text": ""}, {"blocks": []}):
        assert (await desk.call("chat.postMessage", channel=LEGAL, **facts))["error"] == "no_text"


async def test_blocks_may_come_as_json_in_a_form(desk: Desk) -> None:
    form = {"channel": LEGAL, "text": "x", "blocks": orjson.dumps([section()]).decode()}
    headers = {"Authorization": f"Bearer {desk.ws.bot_token}"}
    async with desk.session.post(
        desk.ws.api_url + "chat.postMessage", data=form, headers=headers
    ) as response:
        assert (await response.json())["message"]["blocks"][0]["type"] == "section"
    form["blocks"] = "[{"
    async with desk.session.post(
        desk.ws.api_url + "chat.postMessage", data=form, headers=headers
    ) as response:
        assert (await response.json())["error"] == "invalid_blocks_format"


async def test_invalid_blocks_are_explained_by_pointer(desk: Desk) -> None:
    with pytest.raises(SlackApiError) as refused:
        await desk.client.chat_postMessage(channel=LEGAL, text="x", blocks=[section(text=mrkdwn("x" * 3001))])
    assert refused.value.response["error"] == "invalid_blocks"
    assert refused.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    ]


async def test_slack_fills_in_missing_ids(desk: Desk) -> None:
    blocks = [section(), actions({"type": "button", "text": {"type": "plain_text", "text": "x"}})]
    answer = await desk.client.chat_postMessage(channel=LEGAL, text="x", blocks=blocks)
    first, second = answer["message"]["blocks"]
    assert first["block_id"] != second["block_id"]
    assert second["elements"][0]["action_id"]


async def test_very_long_text_is_cut_on_post_and_refused_on_update(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000
    where = {"channel": LEGAL, "ts": posted["ts"]}
    assert (await desk.call("chat.update", **where, text="x" * 4_000))["ok"]
    assert (await desk.call("chat.update", **where, text="x" * 4_001))["error"] == "msg_too_long"


async def test_what_an_update_leaves_out_stays(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(
        channel=LEGAL,
        text="one",
        blocks=[section()],
        attachments=[{"text": "a"}],
        metadata={"event_type": "request", "event_payload": {"id": "r-1"}},
    )
    where = {"channel": LEGAL, "ts": posted["ts"]}
    message = (await desk.call("chat.update", **where, text="two"))["message"]
    assert message["text"] == "two"
    assert message["blocks"]
    assert message["metadata"]["event_payload"] == {"id": "r-1"}
    message = (await desk.call("chat.update", **where, text="three", blocks=[], attachments=[]))["message"]
    assert (message["blocks"], message["attachments"]) == ([], [])
    assert (await desk.call("chat.update", **where))["error"] == "no_text"


async def test_rich_text_is_not_replaced_by_other_blocks(desk: Desk) -> None:
    blocks = [rich({"type": "text", "text": "x"})]
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="x", blocks=blocks)
    where = {"channel": LEGAL, "ts": posted["ts"], "text": "y"}
    assert (await desk.call("chat.update", **where, blocks=[section()]))["error"] == "block_mismatch"
    assert (await desk.call("chat.update", **where, blocks=[section(), *blocks]))["ok"]


async def test_only_the_bots_own_messages_change(desk: Desk) -> None:
    said = await desk.person(CLAIRE).say("mine", channel="#legal-approvals")
    where = {"channel": LEGAL, "ts": said.ts}
    assert (await desk.call("chat.update", **where, text="x"))["error"] == "cant_update_message"
    assert (await desk.call("chat.delete", **where))["error"] == "cant_delete_message"
    gone = {"channel": LEGAL, "ts": "1.000000"}
    assert (await desk.call("chat.update", **gone, text="x"))["error"] == "message_not_found"
    assert (await desk.call("chat.delete", **gone))["error"] == "message_not_found"
    by_user = {"channel": CLAIRE, "ts": said.ts}
    assert (await desk.call("chat.update", **by_user, text="x"))["error"] == "channel_not_found"


async def test_a_message_in_an_archived_channel_is_frozen(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="x")
    await desk.operator.patch(f"channels/{LEGAL}", is_archived=True)
    assert (await desk.call("chat.update", channel=LEGAL, ts=posted["ts"], text="y"))[
        "error"
    ] == "is_inactive"


async def test_deleting(desk: Desk) -> None:
    posted = await desk.client.chat_postMessage(channel=LEGAL, text="x")
    await desk.client.chat_delete(channel=LEGAL, ts=posted["ts"])
    assert await desk.person(CLAIRE).messages("#legal-approvals") == []


async def test_an_ephemeral_has_one_reader_and_never_changes(desk: Desk) -> None:
    answer = await desk.client.chat_postEphemeral(channel=LEGAL, user=CLAIRE, text="for you")
    assert [m.text for m in await desk.person(CLAIRE).messages("#legal-approvals")] == ["for you"]
    assert await desk.person(AMIR).messages("#legal-approvals") == []
    where = {"channel": LEGAL, "ts": answer["message_ts"]}
    assert (await desk.call("chat.update", **where, text="x"))["error"] == "message_not_found"


async def test_an_ephemeral_goes_to_members_only(desk: Desk) -> None:
    for reader in (KENJI, "U0NOBODY01"):
        answer = await desk.call("chat.postEphemeral", channel=LEGAL, user=reader, text="x")
        assert answer["error"] == "user_not_in_channel"
    assert (await desk.call("chat.postEphemeral", channel=LEGAL, user=GUEST, text="x"))["ok"]


async def test_threads(desk: Desk) -> None:
    parent = await desk.client.chat_postMessage(channel=LEGAL, text="parent")
    reply = await desk.client.chat_postMessage(channel=LEGAL, text="reply", thread_ts=parent["ts"])
    deeper = await desk.client.chat_postMessage(channel=LEGAL, text="deeper", thread_ts=reply["ts"])
    assert deeper["message"]["thread_ts"] == parent["ts"]
    thread = await desk.person(CLAIRE).messages("#legal-approvals", thread_ts=parent["ts"])
    assert [m.text for m in thread] == ["parent", "reply", "deeper"]
    assert thread[0].body["reply_count"] == 2
    for ts, error in (("1.000000", "thread_not_found"), ("soon", "invalid_thread_ts")):
        assert (await desk.call("chat.postMessage", channel=LEGAL, text="x", thread_ts=ts))["error"] == error


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("{", "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_payload": {}}, "invalid_metadata_format"),
    ],
)
async def test_metadata_has_a_shape(desk: Desk, metadata: object, error: str) -> None:
    answer = await desk.call("chat.postMessage", channel=LEGAL, text="x", metadata=metadata)
    assert answer["error"] == error


async def test_who_sees_what(desk: Desk) -> None:
    await desk.client.chat_postMessage(channel=BOARD, text="private")
    await desk.client.chat_postMessage(channel=SHARED, text="shared")
    await desk.client.chat_postMessage(channel=CLAIRE, text="direct")
    seen = {user: {m.text for m in await desk.person(user).messages()} for user in (CLAIRE, AMIR, GUEST)}
    assert seen == {CLAIRE: {"shared", "direct"}, AMIR: {"shared"}, GUEST: set()}
    assert [m.text for m in await desk.person(STRANGER).messages()] == ["shared"]


async def test_live_markup_is_listed(desk: Desk) -> None:
    text = "<!channel> &lt;!here&gt; <@U0AMIR0001> <https://evil.example|click> <!date^1^{date}|then>"
    blocks = [section(text=mrkdwn(text)), section(text={"type": "plain_text", "text": "<!everyone>"})]
    await desk.client.chat_postMessage(channel=LEGAL, text="safe", blocks=blocks)
    live = (await desk.person(CLAIRE).last()).live
    assert [(token["kind"], token["target"]) for token in live] == [
        ("broadcast", "channel"),
        ("user", AMIR),
        ("link", "https://evil.example"),
        ("date", "date^1^{date}"),
    ]
    assert live[2]["label"] == "click"


async def test_lists_come_in_pages(desk: Desk) -> None:
    first = await desk.client.conversations_list(limit=2)
    names = [channel["name"] for channel in first["channels"]]
    second = await desk.client.conversations_list(cursor=first["response_metadata"]["next_cursor"])
    names += [channel["name"] for channel in second["channels"]]
    assert names == ["general", "legal-approvals", "random", "old-project", "acme-rivage"]
    assert second["response_metadata"]["next_cursor"] == ""
    assert (await desk.call("conversations.list", cursor="nonsense"))["error"] == "invalid_cursor"
    assert (await desk.call("conversations.list", types="secret"))["error"] == "invalid_types"


async def test_members_of_a_channel(desk: Desk) -> None:
    members = (await desk.client.conversations_members(channel=LEGAL))["members"]
    bot = (await desk.client.auth_test())["user_id"]
    assert set(members) == {CLAIRE, AMIR, "U0CAMILLE1", GUEST, bot}
    info = (await desk.client.conversations_info(channel=SHARED))["channel"]
    assert (info["is_ext_shared"], info["is_member"]) == (True, True)
