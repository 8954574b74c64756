"""Playing scenes: the agent asks, people click, the callback and the next GET tell the agent."""

from __future__ import annotations

from functools import partial
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from cli.demo.agent import Agent, Callback, Receiver
from cli.demo.board import Tell
from cli.demo.scenes import Act, Scene
from cli.failure import CommandFailed
from workspace.driver import Person
from workspace.seen import Message

WORKSPACE = "/workspace"
"""Where the local Slack of a desk is, under its address."""


class Play:
    """Plays scenes against one desk, whose callbacks are signed with `webhook_secret`."""

    def __init__(self, agent: Agent, receiver: Receiver, webhook_secret: str) -> None:
        self._agent = agent
        self._receiver = receiver
        self._webhook = Webhook(webhook_secret)

    async def scene(self, scene: Scene, tell: Tell) -> dict[str, str]:
        """One request from its create to its end; what came of it."""
        body = {**scene.body, "callback_url": self._receiver.address(scene.name)}
        number = scene.number(await self._agent.post(scene.path, body))
        await tell(scene.name, "submitted", f"{scene.dialect} {number}")
        for act in scene.acts:
            await self._act(scene, act, number, tell)
        callback = await self._receiver.next(scene.name)
        await tell(scene.name, "callback", self._checked(callback))
        verdict = scene.verdict(await self._agent.get(scene.page(number)))
        await tell(scene.name, "GET says", verdict)
        return {"scene": scene.name, "dialect": scene.dialect, "id": number, "verdict": verdict}

    async def _act(self, scene: Scene, act: Act, number: str, tell: Tell) -> None:
        async with Person(self._agent.url + WORKSPACE, act.email) as person:
            card = await person.wait_for(partial(_offers, act.button), text=scene.shown, where="dm")
            await tell(scene.name, "assigned to", await self._holder(number))
            await tell(scene.name, "card shown", f"to {act.name.split()[0]}, in Slack")
            await person.click(card, act.button)
            if act.words is not None:
                await person.wait_for_modal()
                await person.submit({"reasoning": act.words})
            await tell(scene.name, "clicked", act.told)

    async def _holder(self, number: str) -> str:
        request = await self._agent.get(f"/desk/v1/requests/{number}")
        holder: dict[str, Any] | None = request["assigned_to"]
        return str(holder["name"]) if holder else "nobody"

    def _checked(self, callback: Callback) -> str:
        try:
            event = self._webhook.verify(callback.body.decode(), dict(callback.headers))
        except WebhookVerificationError as error:
            raise CommandFailed(f"the callback's signature is wrong: {error}") from error
        return f"{event['event']}, signature good"


def _offers(button: str, message: Message) -> bool:
    """Whether the message has that button, as only a card that can still be decided does."""
    return any(control.action_id == button for control in message.controls)
