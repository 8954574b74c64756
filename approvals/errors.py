"""What can go wrong, as facts. Each class's docstring is its message; the doors choose words and codes."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals.model import ApprovalRequest, RequestId, Sentinel


class ApprovalError(Exception):
    """The desk refused."""

    def __str__(self) -> str:
        return (self.__doc__ or "").strip().splitlines()[0]


class RequestNotFound(ApprovalError):
    """No request of that id exists here."""

    def __init__(self, request_id: RequestId | str | int) -> None:
        super().__init__(request_id)
        self.request_id = request_id


class IllegalMove(ApprovalError):
    """The request does not allow that in its present state."""

    def __init__(self, request: ApprovalRequest, action: str) -> None:
        super().__init__(request.id, action)
        self.request = request
        self.action = action


class AlreadyEnded(IllegalMove):
    """The request has already been decided, has expired or was cancelled."""


class DeadlinePassed(IllegalMove):
    """The deadline has passed; nothing is decided at or after it."""


class ContentChanged(IllegalMove):
    """The content changed since it was shown; look again."""

    def __init__(self, request: ApprovalRequest, shown: int) -> None:
        super().__init__(request, "decide")
        self.shown = shown


class ContentStarted(IllegalMove):
    """Somebody has started to look at it; its content cannot change any more."""


class NobodyAbove(IllegalMove):
    """Nobody stands above: no higher tier is configured for this domain."""


class InvalidTarget(IllegalMove):
    """The chosen person cannot receive this escalation."""


class AlreadyAnswered(IllegalMove):
    """This question was answered already; its answer stands."""

    def __init__(self, request: ApprovalRequest, number: int) -> None:
        super().__init__(request, "answer")
        self.number = number


class ModifyNotHeard(IllegalMove):
    """The client of this request cannot hear a modified verdict; approve or reject instead."""


class NotAuthorised(ApprovalError):
    """This person may not decide this request.

    `reason` is one of the words of `approvals.authority.Refusal`.
    """

    def __init__(self, request: ApprovalRequest, sentinel: Sentinel | None, reason: str) -> None:
        super().__init__(request.id, reason)
        self.request = request
        self.sentinel = sentinel
        self.reason = reason


class UnknownSentinel(ApprovalError):
    """No active Sentinel of that name, number or e-mail is known in this project."""

    def __init__(self, named: object) -> None:
        super().__init__(named)
        self.named = named


class NotSpeakingFor(ApprovalError):
    """This key may not speak for that Sentinel."""

    def __init__(self, named: object) -> None:
        super().__init__(named)
        self.named = named


class OutsideRestrictions(ApprovalError):
    """This key is restricted, and this is outside of what it may ask for.

    `field` names what is outside as the core knows it, `value` is what was asked, `allowed` what may be.
    """

    def __init__(self, field: str, value: str | None, allowed: tuple[str, ...]) -> None:
        super().__init__(field)
        self.field = field
        self.value = value
        self.allowed = allowed


class RestrictedKey(ApprovalError):
    """This key is restricted and cannot be used for what concerns the whole project."""


class ReasoningRequired(ApprovalError):
    """This decision needs a reasoning."""


class InvalidField(ApprovalError):
    """A field has a value that cannot be taken.

    `field` names it as the core knows it; `issue` says what is wrong and `fix` what would do.
    """

    def __init__(self, field: str, issue: str, fix: str | None = None) -> None:
        super().__init__(field, issue)
        self.field = field
        self.issue = issue
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.field}: {self.issue}" + (f" ({self.fix})" if self.fix else "")


class CircularDelegation(InvalidField):
    """What goes to this delegate would come back to whoever goes away."""

    def __init__(self) -> None:
        issue = "would pass everything back to whoever goes away"
        super().__init__("delegate", issue, "somebody who is here, or whose own delegate is")


class IdempotencyConflict(ApprovalError):
    """The idempotency key was used before with another body."""

    def __init__(self, key: str, first_sha256: str, this_sha256: str) -> None:
        super().__init__(key)
        self.key = key
        self.first_sha256 = first_sha256
        self.this_sha256 = this_sha256


class ExternalIdTaken(ApprovalError):
    """The external id names another request already; `request_id` is None where it is not to be told."""

    def __init__(self, external_id: str, request_id: RequestId | None) -> None:
        super().__init__(external_id)
        self.external_id = external_id
        self.request_id = request_id


class QuotaExceeded(ApprovalError):
    """The key's quota is used up until it resets."""

    def __init__(self, limit: int, resets_at: datetime) -> None:
        super().__init__(limit)
        self.limit = limit
        self.resets_at = resets_at


class TooManyOpen(ApprovalError):
    """The key has as many open requests as it may; nobody is asked for more."""

    retry_after = timedelta(minutes=1)

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class StoreUnavailable(ApprovalError):
    """Not recorded; the database did not answer. Please try again."""

    retry_after = timedelta(seconds=2)
