"""ID tokens for "Sign in with Slack"."""

from __future__ import annotations

import base64
import hashlib
import hmac

from workspace.model import Team, User
from workspace.wire import Json, encode

LIFETIME = 300  # seconds that an ID token is good for


def claims(user: User, team: Team, client_id: str, now: float, nonce: str) -> Json:
    """What an ID token says about a person."""
    said: Json = {
        "iss": "https://slack.com",
        "sub": user.id,
        "aud": client_id,
        "exp": int(now) + LIFETIME,
        "iat": int(now),
        "https://slack.com/user_id": user.id,
        "https://slack.com/team_id": team.id,
        "https://slack.com/team_name": team.name,
        "https://slack.com/team_domain": team.domain,
        "email": user.email,
        "email_verified": True,
        "name": user.name,
        "locale": user.locale,
    }
    if team.enterprise_id:
        said["https://slack.com/enterprise_id"] = team.enterprise_id
    return said | {"nonce": nonce} if nonce else said


def signed_token(facts: Json, secret: str) -> str:
    """A JSON Web Token, HS256."""
    head = _part(encode({"alg": "HS256", "typ": "JWT"}))
    signed = f"{head}.{_part(encode(facts))}"
    return f"{signed}.{_part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
