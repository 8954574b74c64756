"""The one place where a refusal or a failure becomes something that the person sees.

Listeners raise; here it is worded in the person's language and shown where they acted: privately beside
a card, in the view they submitted, or in a view of its own. Each gesture gets exactly one answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError

from approvals import authority
from approvals.errors import (
    AlreadyEnded,
    ApprovalError,
    ContentChanged,
    IllegalMove,
    InvalidField,
    NotAuthorised,
    ReasoningRequired,
)
from approvals.installations import Workspace
from approvals.model import ApprovalRequest, Roster
from bot import action_ids, cards, modals, text
from bot.blocks import Block
from bot.branches import Branches
from bot.bulk import NotTogether
from bot.entries import Misfilled
from bot.failures import error_name
from bot.front import Front
from bot.gestures import Gesture, gesture
from bot.identity import NotLinked, pinned
from bot.inbox import Ambiguous
from bot.language import Language
from bot.recognition import Copy
from bot.refusals import Hearer, refusal
from bot.slack_api import NoAnswer

log = logging.getLogger(__name__)

EXPECTED = (ApprovalError, NotLinked, Copy, Misfilled, NotTogether, Ambiguous)

# The core's word for a field, and the input that holds it.
_FIELDS = {
    "question": action_ids.QUESTION,
    "modified_action": action_ids.MODIFIED_ACTION,
    "until": action_ids.AWAY_UNTIL,
    "delegate": action_ids.AWAY_DELEGATE,
}


class Answering:
    """Bolt's error handler."""

    def __init__(self, branches: Branches) -> None:
        self._branches = branches

    async def handle(
        self, error: Exception, body: Mapping[str, Any], context: AsyncBoltContext
    ) -> BoltResponse | None:
        """Tell the person; the answer to Slack is always 200, so that it adds no error of its own.

        None where Slack has its answer already.
        """
        front = await self._branches.front(Workspace(context.team_id, context.enterprise_id))
        return await Answer(front).give(error, gesture(body), context.ack)


class Answer:
    """One answer, in the workspace of whoever is answered."""

    def __init__(self, front: Front) -> None:
        self._front = front

    async def give(self, error: Exception, made: Gesture, ack: AsyncAck) -> BoltResponse | None:
        """The answer to Slack, None where it has one; the person is told on the way."""
        _log(error, made)
        if _repeated(error):
            # The gesture came twice, and its other delivery answers it.
            return BoltResponse(status=200, body="")
        if ack.response is not None:
            await self._beside(error, made)
            return None
        if made.kind == "view_submission":
            return await self._in_view(error, made)
        if made.kind == "command":
            return BoltResponse(status=200, body=text.inert(await self._told(error, made), 3000))
        if made.kind == "block_actions":
            await ack()
            await self._beside(error, made)
        return BoltResponse(status=200, body="")

    async def _in_view(self, error: Exception, made: Gesture) -> BoltResponse:
        language = self._front.overheard(made)
        wrong = _complaints(error, made, language)
        if wrong:
            return _json({"response_action": "errors", "errors": wrong})
        view = self._front.slack.view(modals.notice(await self._told(error, made), language))
        return _json({"response_action": "update", "view": view})

    async def _beside(self, error: Exception, made: Gesture) -> None:
        """Say it beside the card, or in a view where the gesture was made in one."""
        told = await self._told(error, made)
        try:
            if made.response_url is not None:
                await self._front.slack.whisper(made.response_url, text.inert(told, 3000))
                await self._repair(error, made)
            else:
                await self._in_a_view_of_its_own(told, made)
        except (SlackApiError, NoAnswer) as failed:
            log.error("somebody could not be told why nothing was done: %s", type(failed).__name__)

    async def _in_a_view_of_its_own(self, told: str, made: Gesture) -> None:
        language = self._front.overheard(made)
        view = modals.notice(told, language)
        if made.view_id is not None and made.in_modal:
            try:
                await self._front.slack.update_view(made.view_id, view)
                return
            except SlackApiError as error:
                log.info("the view of whoever is answered is gone: %s", error_name(error))
        if made.trigger_id is not None:
            await self._front.slack.open_view(made.trigger_id, view)

    async def _repair(self, error: Exception, made: Gesture) -> None:
        """A card that led to a refusal is made true, and a copy is closed."""
        if isinstance(error, Copy):
            language = self._front.overheard(made)
            await self._front.slack.replace(made.response_url or "", cards.closed_copy(language))
        if isinstance(error, AlreadyEnded | ContentChanged):
            for card in await self._front.desk.cards.cards(error.request.id):
                if made.on(card):
                    await self._front.show(made, await self._present(error.request), card)

    async def _present(self, request: ApprovalRequest) -> ApprovalRequest:
        return await self._front.desk.requests.request(request.project, request.id)

    async def _told(self, error: Exception, made: Gesture) -> str:
        return refusal(error, await self._hearer(error, made))

    async def _hearer(self, error: Exception, made: Gesture) -> Hearer:
        language = self._front.overheard(made)
        request = error.request if isinstance(error, IllegalMove | NotAuthorised) else None
        if request is None:
            return Hearer(language)
        roster = await self._front.desk.requests.roster(request.project)
        return _hearer(request, roster, made, self._front, language)


def _hearer(
    request: ApprovalRequest, roster: Roster, made: Gesture, front: Front, language: Language
) -> Hearer:
    sentinel = pinned(made.who, roster)
    if sentinel is None:
        return Hearer(language, deciders=tuple(authority.may_decide(request, roster)))
    own = front.reader.language(sentinel, front.directory.remembered(made.who.user))
    return Hearer(own, sentinel.id, tuple(authority.may_decide(request, roster)))


def _complaints(error: Exception, made: Gesture, language: Language) -> dict[str, str]:
    """Errors that belong beside a field of the view, by block_id; empty where none does."""
    return {block: told for block, told in _beside(error, language).items() if block in made.values}


def _beside(error: Exception, language: Language) -> dict[str, str]:
    """What is wrong with which field, whether the view has it or not."""
    if isinstance(error, ReasoningRequired):
        return {action_ids.REASONING: language.gettext("This decision needs a reasoning.")}
    if isinstance(error, Misfilled):
        return {block: language.gettext(told) for block, told in error.complaints.items()}
    block = _FIELDS.get(error.field) if isinstance(error, InvalidField) else None
    return {} if block is None else {block: refusal(error, Hearer(language))}


def _json(body: Block) -> BoltResponse:
    return BoltResponse(status=200, body=body, headers={"content-type": "application/json"})


def _repeated(error: Exception) -> bool:
    """Whether what a gesture may open was opened already: Slack takes each trigger once."""
    return isinstance(error, SlackApiError) and error_name(error) == "exchanged_trigger_id"


def _log(error: Exception, made: Gesture) -> None:
    """What was refused, by ids and codes only; what was not expected, with its traceback."""
    what = made.action_id or made.callback_id or made.kind
    if isinstance(error, EXPECTED) or _repeated(error):
        log.info("%s by %s of %s was refused: %s", what, made.who.user, made.who.key, type(error).__name__)
    else:
        log.error("%s by %s of %s failed", what, made.who.user, made.who.key, exc_info=error)
