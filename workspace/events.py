"""The Events API: what happens in the workspace is told to the app, with retries."""

from __future__ import annotations

from workspace.courier import Ack, Courier
from workspace.letters import Parcel
from workspace.model import Team
from workspace.payloads import event_callback
from workspace.space import Workspace
from workspace.wire import Json

RETRY_AFTER = (0.0, 60.0, 300.0)  # seconds before the 1st, 2nd and 3rd retry


class Events:
    """Sends subscribed events of a workspace and keeps trying."""

    def __init__(self, ws: Workspace, courier: Courier) -> None:
        self._ws = ws
        self._courier = courier

    def tell(self, team: Team, event: Json) -> str | None:
        """Start delivering an event; returns its event_id, None when the app does not subscribe to it."""
        if event["type"] not in self._ws.app.events or team.id not in self._ws.installations.by_team:
            return None
        event_id = self._ws.ids.upper("Ev")
        wrapped = event_callback(self._ws, team, event, event_id)
        self._ws.spawn(self._keep_trying(team, wrapped))
        return event_id

    async def verify_url(self, challenge: str) -> Ack:
        """The `url_verification` handshake; the ack's payload must hold the challenge."""
        payload: Json = {
            "type": "url_verification",
            "token": self._ws.app.verification_token,
            "challenge": challenge,
        }
        return await self._courier.deliver(Parcel("events_api", "url_verification", payload))

    async def _keep_trying(self, team: Team, wrapped: Json) -> None:
        ack = await self._attempt(team, wrapped, 0, "")
        for number, pause in enumerate(RETRY_AFTER, 1):
            if not ack.fault or ack.no_retry:
                return
            await self._ws.clock.sleep(pause)
            ack = await self._attempt(team, wrapped, number, ack.reason)

    async def _attempt(self, team: Team, wrapped: Json, number: int, reason: str) -> Ack:
        event = wrapped["event"]
        user = event.get("user")
        return await self._courier.deliver(
            Parcel(
                "events_api",
                event["type"],
                wrapped,
                team=team.id,
                user=user if isinstance(user, str) else "",
                retry=number,
                retry_reason=reason,
            )
        )
