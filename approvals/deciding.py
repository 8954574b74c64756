"""Whether a decision fits its request: content that was seen, a verdict that is heard, words."""

from __future__ import annotations

from approvals.commands import Decide
from approvals.errors import ContentChanged, InvalidField, ModifyNotHeard, ReasoningRequired
from approvals.lifecycle import Action
from approvals.model import ApprovalRequest, Reasoning, Roster, Verdict
from approvals.words import stripped

ACTIONS = {
    Verdict.APPROVED: Action.APPROVE,
    Verdict.REJECTED: Action.REJECT,
    Verdict.MODIFIED: Action.MODIFY,
}
"""The verdicts that a person may give at once; `escalated` has its own verb."""


def check_fit(command: Decide, request: ApprovalRequest, roster: Roster) -> None:
    """Raise ContentChanged, ModifyNotHeard, InvalidField or ReasoningRequired unless it fits."""
    if command.shown is not None and command.shown != request.content_version:
        raise ContentChanged(request, command.shown)
    _check_modified(command, request)
    if stripped(command.reasoning) is None and _needs_words(command, request, roster):
        raise ReasoningRequired


def _check_modified(command: Decide, request: ApprovalRequest) -> None:
    if command.verdict is not Verdict.MODIFIED:
        if command.modified is not None:
            raise InvalidField("modified_action", "belongs to the verdict modified alone")
        return
    if not request.dialect.hears_modified:
        raise ModifyNotHeard(request, Action.MODIFY)
    if command.modified is None:
        raise InvalidField("modified_action", "is required where the verdict is modified")


def _needs_words(command: Decide, request: ApprovalRequest, roster: Roster) -> bool:
    if roster.domain(request.domain).reasoning is Reasoning.REQUIRED:
        return True
    return command.verdict is Verdict.REJECTED and not command.lenient
