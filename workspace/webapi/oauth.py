"""oauth.v2.access and openid.connect.*: codes and refresh tokens become tokens."""

from __future__ import annotations

import hmac

from workspace.codes import CODE_SECONDS, INSTALL, SIGN_IN, Consent
from workspace.identity import claims, signed_token
from workspace.installations import USER
from workspace.model import Installation
from workspace.pacing import FREE
from workspace.profiles import enterprise_object
from workspace.refusal import Refused
from workspace.webapi.method import Call, Method
from workspace.wire import Json

ROTATION_SECONDS = 43_200


def access(call: Call) -> Json:
    """oauth.v2.access: installs the app with a code, or rotates its token with a refresh token."""
    _client(call)
    if call.text("grant_type") == "refresh_token":
        return _rotate(call)
    consent = _redeem(call, INSTALL)
    team = call.ws.directory.teams[consent.team]
    put = call.ws.install_whole if consent.whole else call.ws.install
    installation = put(team, scopes=tuple(consent.scope.split(",")))
    answer = _granted(call, installation)
    answer |= {"bot_user_id": installation.bot_user, "authed_user": {"id": consent.user}}
    return answer


def _rotate(call: Call) -> Json:
    given = call.need("refresh_token", "invalid_refresh_token")
    for installation in call.ws.installations.by_team.values():
        if installation.refresh_token and hmac.compare_digest(given, installation.refresh_token):
            return _granted(call, call.ws.renew(installation))
    raise Refused("invalid_refresh_token")


def _granted(call: Call, installation: Installation) -> Json:
    team = call.ws.directory.teams[installation.team]
    answer: Json = {
        "ok": True,
        "app_id": call.ws.app.id,
        "scope": ",".join(installation.scopes),
        "token_type": "bot",
        "access_token": installation.bot_token,
        "bot_user_id": installation.bot_user,
        "team": None if installation.whole else {"id": team.id, "name": team.name},
        "enterprise": enterprise_object(team),
        "is_enterprise_install": installation.whole,
    }
    if installation.refresh_token:
        answer |= {"refresh_token": installation.refresh_token, "expires_in": ROTATION_SECONDS}
    return answer


def openid_token(call: Call) -> Json:
    """openid.connect.token: who signed in, as an ID token (HS256, by the client secret)."""
    _client(call)
    consent = _redeem(call, SIGN_IN)
    ws = call.ws
    user = ws.directory.users[consent.user]
    facts = claims(user, ws.directory.teams[user.team], ws.app.client_id, call.now, consent.nonce)
    token = ws.ids.secret("xoxp-", 40)
    ws.installations.user_tokens[token] = user.id
    return {
        "ok": True,
        "access_token": token,
        "token_type": "Bearer",
        "id_token": signed_token(facts, str(ws.app.client_secret)),
    }


def user_info(call: Call) -> Json:
    """openid.connect.userInfo: the claims of the person behind a user token."""
    user = call.ws.directory.users[call.grant.user]
    facts = claims(user, call.ws.directory.teams[user.team], call.ws.app.client_id, call.now, "")
    return {"ok": True} | {
        key: facts[key] for key in facts if key not in ("iss", "aud", "exp", "iat", "nonce")
    }


def _client(call: Call) -> None:
    """The app's own id and secret, in Basic credentials or as arguments."""
    name, secret = call.basic or (call.text("client_id") or "", call.text("client_secret") or "")
    if name != call.ws.app.client_id:
        raise Refused("invalid_client_id")
    if not hmac.compare_digest(secret, str(call.ws.app.client_secret)):
        raise Refused("bad_client_secret")


def _redeem(call: Call, purpose: str) -> Consent:
    consent = call.ws.consents.get(call.need("code", "invalid_code"))
    if consent is None or consent.purpose != purpose:
        raise Refused("invalid_code")
    if consent.used:
        raise Refused("code_already_used")
    if call.now - consent.born > CODE_SECONDS:
        raise Refused("code_expired")
    if (call.text("redirect_uri") or consent.redirect_uri) != consent.redirect_uri:
        raise Refused("bad_redirect_uri")
    consent.used = True
    return consent


METHODS = (
    Method("oauth.v2.access", access, FREE, tokens=()),
    Method("openid.connect.token", openid_token, FREE, tokens=()),
    Method("openid.connect.userInfo", user_info, FREE, tokens=(USER,)),
)
