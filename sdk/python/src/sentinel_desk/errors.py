"""Everything that can go wrong, as one small tree under SentinelDeskError."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentinel_desk.models import Decision, RequestFields


class SentinelDeskError(Exception):
    """Whatever this package raises by itself, apart from wrong arguments (ValueError, TypeError)."""


class ConfigurationError(SentinelDeskError, ValueError):
    """The address or the key is missing or cannot be used. The message never shows the key."""


class ConnectionFailed(SentinelDeskError):
    """No answer came, whatever was tried. Whether the desk has seen the request is unknown."""


class UnreadableMessage(SentinelDeskError):
    """An answer or a webhook that is not in the desk's words: a proxy's page, for instance."""


class SignatureInvalid(SentinelDeskError):
    """A webhook that is not proven to come from the desk, or not to be recent. Answer it with 401."""


class ArgumentsChanged(SentinelDeskError):
    """The arguments of a call changed while a person looked at them; the function did not run."""


class WaitTimeout(SentinelDeskError, TimeoutError):
    """Nobody has decided yet. The request lives on; `request` is how it last stood, None if unknown."""

    def __init__(self, request_id: str, timeout: float, request: RequestFields | None) -> None:
        super().__init__(f"nobody has decided {request_id} within {timeout:g} s")
        self.request_id = request_id
        self.timeout = timeout
        self.request = request


class NotApproved(SentinelDeskError):
    """A guarded function did not run; `decision` says why."""

    def __init__(self, decision: Decision) -> None:
        note = f": {decision.note}" if decision.note else ""
        super().__init__(f"{decision.request_id} was {decision.outcome}{note}")
        self.decision = decision


class Rejected(NotApproved):
    """A person said no, or the request was cancelled (`decision.outcome` tells them apart)."""


class Expired(NotApproved):
    """Nobody decided in time."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an answer with an error status said.

    `errors` maps a field to what is wrong with it, `request_id` is the `X-Request-Id` to quote to
    whoever runs the desk, `retry_after` is in seconds.
    """

    status: int
    message: str
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code: str | None = None
    request_id: str | None = None
    retry_after: float | None = None


class APIError(SentinelDeskError):
    """The desk answered, and the answer was no."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.status}: {refusal.message}")
        self.status = refusal.status
        self.message = refusal.message
        self.errors = refusal.errors
        self.code = refusal.code
        self.request_id = refusal.request_id
        self.retry_after = refusal.retry_after

    @property
    def field(self) -> str | None:
        """The first field to blame, None where no field is."""
        return next(iter(self.errors), None)


class InvalidRequest(APIError):
    """400, 413, 415: the request as it was sent cannot be taken; `errors` names the fields."""


class NotAuthenticated(APIError):
    """401: the key is missing, wrong, revoked or expired."""


class NotPermitted(APIError):
    """403: this key may not do that."""


class NotFound(APIError):
    """404: there is no such request in the project of this key."""


class Conflict(APIError):
    """409, 422: it contradicts what stands (an ended request, another content under the same id)."""


class RateLimited(APIError):
    """429: the key's rate or quota is used up until `retry_after` seconds from now."""


class DeskFailure(APIError):
    """5xx: the desk, or something before it, failed."""


_BY_STATUS: Mapping[int, type[APIError]] = {
    400: InvalidRequest,
    401: NotAuthenticated,
    403: NotPermitted,
    404: NotFound,
    409: Conflict,
    413: InvalidRequest,
    415: InvalidRequest,
    422: Conflict,
    429: RateLimited,
}


def api_error(refusal: Refusal) -> APIError:
    """The error class of that status."""
    otherwise = DeskFailure if refusal.status >= 500 else APIError
    return _BY_STATUS.get(refusal.status, otherwise)(refusal)
