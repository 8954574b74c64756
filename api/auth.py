"""Who calls: a key in `x-api-key` or as a Bearer token, the same in every dialect."""

from __future__ import annotations

from collections.abc import Mapping

from multidict import istr

from api.problems import Problem, Refused
from approvals.addresses import Address
from approvals.keys import Key, Scope
from approvals.ports import Keys

_X_API_KEY = istr("x-api-key")
_AUTHORIZATION = istr("Authorization")
_LONGEST = 200

_NO_KEY = Problem(
    401,
    "unauthorized",
    "Invalid or missing API key; send it as `x-api-key: KEY` or `Authorization: Bearer KEY`.",
    headers={"WWW-Authenticate": "Bearer"},
)


async def authenticated(headers: Mapping[str, str], keys: Keys) -> Key:
    """The live key that a request shows. Raises Refused (401)."""
    text = _shown(headers)
    key = await keys.find(text) if text and len(text) <= _LONGEST else None
    if key is None:
        raise Refused(_NO_KEY)
    return key


_OPTIONS = {Scope.DECIDE: "decide --as EMAIL"}
"""What a scope cannot be made without."""


def permit(key: Key, scopes: frozenset[Scope]) -> None:
    """Raise Refused (403) unless the key has one of the scopes."""
    if key.scopes.isdisjoint(scopes):
        needed = " or ".join(sorted(scopes))
        fix = " or ".join(f"`keys create --scope {_OPTIONS.get(scope, scope)}`" for scope in sorted(scopes))
        message = f"This key lacks the scope {needed}; make one with {fix}."
        raise Refused(Problem(403, "insufficient_scope", message, facts={"needs": sorted(scopes)}))


def permit_from(key: Key, address: Address | None) -> None:
    """Raise Refused (403) where the key may not be shown from that address (None: nobody knows it)."""
    if not key.may_come_from(address):
        seen = "an address that the desk cannot see" if address is None else str(address)
        message = (
            f"This key may not be used from {seen}; call from where it may, or make one with"
            " `keys create --from`."
        )
        raise Refused(Problem(403, "address_not_allowed", message))


def _shown(headers: Mapping[str, str]) -> str | None:
    key = headers.get(_X_API_KEY)
    if key is not None:
        return key.strip()
    scheme, _, token = headers.get(_AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
