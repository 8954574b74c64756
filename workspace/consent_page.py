"""The authorise page: a person installs the app, or signs in, and is sent back with a code."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from string import Template
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from workspace.codes import INSTALL, SIGN_IN, Consent
from workspace.front import HEADERS, PAGE
from workspace.guard import is_loopback
from workspace.model import User
from workspace.space import Workspace

PATHS = {"/oauth/authorize": INSTALL, "/oauth/v2/authorize": INSTALL, "/openid/connect/authorize": SIGN_IN}


ENGLISH = {
    "lang": "en",
    INSTALL: "This app wants to be installed. It asks for:",
    SIGN_IN: "This app asks who you are:",
    "you": "You are",
    "allow": "Allow",
    "whole": "For the whole organisation",
    "cancel": "Cancel",
}
FRENCH = {
    "lang": "fr",
    INSTALL: "Cette application veut être installée. Elle demande :",
    SIGN_IN: "Cette application demande qui vous êtes :",
    "you": "Vous êtes",
    "allow": "Autoriser",
    "whole": "Pour toute l'organisation",
    "cancel": "Annuler",
}


class ConsentPage:
    """Shows the page and takes its form."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount the page under each of Slack's paths."""
        for path in PATHS:
            router.add_get(path, self.show)
            router.add_post(path, self.decide)

    async def show(self, request: web.Request) -> web.Response:
        """Who are you, and may the app do this?"""
        asked = self._asked(request.query)
        target = urlsplit(asked["redirect_uri"])
        french = request.headers.get("Accept-Language", "").lower().startswith("fr")
        words = FRENCH if french else ENGLISH
        page = Template((PAGE / "consent.html").read_text("utf-8")).substitute(
            style=escape(urlsplit(self._ws.base_url).path + "/page/consent.css"),
            app=escape(self._ws.app.name),
            what=escape(words[self._purpose(request)]),
            **{key: escape(words[key]) for key in ("lang", "you", "whole", "allow", "cancel")},
            scopes="".join(f"<li>{escape(scope)}</li>" for scope in asked["scope"].split(",") if scope),
            people="".join(map(_choice, self._people())),
            hidden="" if self._offers_whole(request) else "hidden",
            fields="".join(map(_hidden, asked.items())),
        )
        # Chromium applies form-action to the redirect that follows the form, too.
        policy = f"default-src 'none'; style-src 'self'; form-action 'self' {target.scheme}://{target.netloc}"
        headers = HEADERS | {"Content-Security-Policy": policy}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def decide(self, request: web.Request) -> web.Response:
        """Send the person back with a code, or with `access_denied`."""
        form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        asked = self._asked(form)
        back = {"state": asked["state"]}
        if form.get("decision") == "allow":
            back = {"code": self._code(self._purpose(request), asked, form)} | back
        else:
            back = {"error": "access_denied"} | back
        joint = "&" if urlsplit(asked["redirect_uri"]).query else "?"
        raise web.HTTPSeeOther(asked["redirect_uri"] + joint + urlencode(back))

    def _code(self, purpose: str, asked: dict[str, str], form: Mapping[str, str]) -> str:
        ws = self._ws
        user = ws.directory.person(form.get("user", ""))
        if user is None or user not in self._people():
            raise web.HTTPBadRequest(text="no such person\n")
        whole = form.get("whole") == "1"
        if whole and not ws.directory.teams[user.team].enterprise_id:
            raise web.HTTPBadRequest(text="no such organisation\n")
        code = ws.ids.secret(length=40)
        redirect, now = asked["redirect_uri"], ws.clock.now()
        ws.consents[code] = Consent(
            purpose, user.id, user.team, asked["scope"], redirect, now, asked["nonce"], whole=whole
        )
        return code

    def _asked(self, query: Mapping[str, str]) -> dict[str, str]:
        """The parameters, checked: a known client and an allowed place to go back to."""
        keys = ("client_id", "scope", "redirect_uri", "state", "nonce")
        asked = {key: query.get(key, "") for key in keys}
        asked["scope"] = asked["scope"].replace(" ", ",")
        if asked["client_id"] != self._ws.app.client_id:
            raise web.HTTPBadRequest(text="invalid_client_id\n")
        allowed = self._ws.app.redirect_urls
        asked["redirect_uri"] = asked["redirect_uri"] or (allowed[0] if allowed else "")
        if not self._may_return(asked["redirect_uri"]):
            raise web.HTTPBadRequest(text="bad_redirect_uri\n")
        return asked

    def _may_return(self, url: str) -> bool:
        """To a registered address or below it; where none is registered, to this machine."""
        if self._ws.app.redirect_urls:
            return any(url == known or url.startswith(f"{known}/") for known in self._ws.app.redirect_urls)
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and is_loopback(parts.netloc)

    def _offers_whole(self, request: web.Request) -> bool:
        organisations = any(team.enterprise_id for team in self._ws.directory.teams.values())
        return organisations and self._purpose(request) == INSTALL

    def _purpose(self, request: web.Request) -> str:
        return SIGN_IN if request.path.endswith("/openid/connect/authorize") else INSTALL

    def _people(self) -> list[User]:
        return [u for u in self._ws.directory.users.values() if not (u.is_bot or u.deleted or u.is_stranger)]


def _choice(user: User) -> str:
    return f'<option value="{escape(user.id)}">{escape(user.name)} · {escape(user.email)}</option>'


def _hidden(field: tuple[str, str]) -> str:
    return f'<input type="hidden" name="{escape(field[0])}" value="{escape(field[1])}">'
