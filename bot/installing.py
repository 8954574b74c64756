"""Installing the app in a workspace: Slack's OAuth, through Bolt's flow.

An installation gives nobody authority and no project anything: who decides, and in which workspace a project
works, stands in desk.yml. So whoever finds the address may install the app, and has a bot that is silent.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from slack_bolt.oauth.async_callback_options import AsyncCallbackOptions, AsyncFailureArgs, AsyncSuccessArgs
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from approvals.installations import Installation, workspace
from approvals.outbox import Carrier
from approvals.ports import Cards
from bot import install_pages
from bot.config import BotDesk, OAuth
from bot.failures import MENDED_BY_INSTALLING, error_name
from bot.language import Catalogues, Language
from bot.manifest import INSTALL_PATH, OPTIONAL_SCOPES, REDIRECT_PATH, SCOPES

log = logging.getLogger(__name__)


STATE_LIVES = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Installing:
    """Keeps what Slack gave, and lets go what waited for it."""

    desk: BotDesk

    async def keep(self, installation: Installation) -> None:
        """From now on the app is there; cards that were held back go out."""
        await self.desk.installations.put(installation)
        log.info("the app is installed in %s", installation.key)
        for project in await self.desk.projects():
            named = (await self.desk.requests.roster(project)).workspace
            if named is not None and installation.workspace.covers(workspace(named)):
                await self.desk.outbox.resume(project, Carrier.SLACK, MENDED_BY_INSTALLING)


class Flow(AsyncOAuthFlow):
    """Bolt's flow: it checks state and browser and answers; what Slack gives is kept in our own way."""

    def __init__(
        self,
        client: AsyncWebClient,
        settings: AsyncOAuthSettings,
        installing: Installing,
        silences: tuple[type[Exception], ...],
    ) -> None:
        super().__init__(client=client, settings=settings)
        self._installing = installing
        self._silences = silences

    async def run_installation(self, code: str) -> Any:
        """What Slack gives for a code; None where it gives nothing. Bolt's own would log the code."""
        oauth = self.settings
        try:
            answer = await self.client.oauth_v2_access(
                client_id=oauth.client_id,
                client_secret=oauth.client_secret,
                code=code,
                redirect_uri=oauth.redirect_uri,
            )
        except SlackApiError as error:
            log.warning("Slack does not take the code of an installation: %s", error_name(error))
            return None
        except self._silences as error:
            log.warning("Slack did not confirm an installation: %s", type(error).__name__)
            return None
        return _installation(answer, self._installing.desk.clock())

    async def store_installation(self, request: AsyncBoltRequest, installation: Any) -> None:
        """Keep it; raises StoreUnavailable."""
        await self._installing.keep(installation)


class SignedStates(AsyncOAuthStateStore):
    """States that carry their own proof: nothing is written before somebody comes back with one.

    Whoever asks for the page costs no row. That a state is used once is known by its first sight.
    """

    def __init__(self, secret: str, cards: Cards, clock: Callable[[], datetime]) -> None:
        self._key = hashlib.sha256(b"sentinel-desk/oauth-state/1\n" + secret.encode()).digest()
        self._cards = cards
        self._clock = clock

    async def async_issue(self, *args: Any, **kwargs: Any) -> str:
        ends = int((self._clock() + STATE_LIVES).timestamp())
        return self._sealed(f"{secrets.token_urlsafe(24)}.{ends}")

    async def async_consume(self, state: str) -> bool:
        text, _, _ = state.rpartition(".")
        if not hmac.compare_digest(state.encode(), self._sealed(text).encode()):
            return False
        ends = text.rpartition(".")[2]
        if int(ends) <= self._clock().timestamp():
            return False
        return await self._cards.first_sight("oauth_state", hashlib.sha256(state.encode()).hexdigest())

    def _sealed(self, text: str) -> str:
        return f"{text}.{hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()}"


def flow_of(
    oauth: OAuth,
    desk: BotDesk,
    client: AsyncWebClient,
    catalogues: Catalogues,
    silences: tuple[type[Exception], ...],
) -> Flow:
    """The flow for this app."""
    settings = AsyncOAuthSettings(
        client_id=oauth.client_id,
        client_secret=oauth.client_secret,
        scopes=[*SCOPES, *OPTIONAL_SCOPES],
        user_scopes=[],
        redirect_uri=oauth.redirect_uri,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        authorization_url=oauth.authorization_url,
        install_page_rendering_enabled=False,
        callback_options=_callbacks(catalogues),
        # Bolt's own store would hold the tokens in the clear; nothing is ever asked of this one.
        installation_store=AsyncInstallationStore(),
        state_store=SignedStates(oauth.client_secret, desk.cards, desk.clock),
        state_expiration_seconds=int(STATE_LIVES.total_seconds()),
    )
    return Flow(client, settings, Installing(desk), silences)


def _callbacks(catalogues: Catalogues) -> AsyncCallbackOptions:
    async def success(args: AsyncSuccessArgs) -> BoltResponse:
        installation: Any = args.installation
        page = install_pages.installed(installation, _language(args.request, catalogues))
        return _page(200, page, args.settings)

    async def failure(args: AsyncFailureArgs) -> BoltResponse:
        log.info("an installation was not finished: %s", args.reason[:40])
        page = install_pages.refused(args.reason, _language(args.request, catalogues), INSTALL_PATH)
        return _page(args.suggested_status_code, page, args.settings)

    return AsyncCallbackOptions(success=success, failure=failure)


def unavailable(headers: Mapping[str, str], catalogues: Catalogues) -> str:
    """The page where the database did not answer."""
    language = catalogues.language(_accepted(headers.get("Accept-Language", "")))
    return install_pages.refused("storage_error", language, INSTALL_PATH)


def _page(status: int, page: str, settings: AsyncOAuthSettings) -> BoltResponse:
    return BoltResponse(
        status=status,
        body=page,
        headers={
            **install_pages.HEADERS,
            "Set-Cookie": settings.state_utils.build_set_cookie_for_deletion(),
        },
    )


def _language(request: AsyncBoltRequest, catalogues: Catalogues) -> Language:
    return catalogues.language(_accepted(",".join(request.headers.get("accept-language", ()))))


def _accepted(header: str) -> list[str]:
    """The languages of an Accept-Language header, as they stand there: browsers put the best first."""
    return [part.partition(";")[0].strip() for part in header.split(",")]


def _installation(answer: Any, now: datetime) -> Installation:
    """What `oauth.v2.access` says of a new installation."""
    whole = bool(answer.get("is_enterprise_install"))
    team, enterprise = answer.get("team") or {}, answer.get("enterprise") or {}
    lives = answer.get("expires_in")
    return Installation(
        team=None if whole else team.get("id"),
        enterprise=enterprise.get("id"),
        name=str((enterprise if whole else team).get("name") or ""),
        token=str(answer["access_token"]),
        scopes=tuple(str(answer.get("scope") or "").split(",")),
        installed_by=str((answer.get("authed_user") or {}).get("id") or ""),
        installed_at=now,
        refresh_token=answer.get("refresh_token"),
        expires_at=None if lives is None else now + timedelta(seconds=int(lives)),
        app=answer.get("app_id"),
    )
