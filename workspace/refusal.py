"""What Slack answers when it says no."""

from __future__ import annotations

from collections.abc import Sequence

from workspace.wire import Json


class Refused(Exception):
    """A Web API call is refused with Slack's own error code.

    `messages` become `response_metadata.messages`; `facts` (for instance `needed` and
    `provided`) stand beside the code; `retry_after` (whole seconds) makes it an HTTP 429.
    """

    def __init__(
        self,
        error: str,
        messages: Sequence[str] = (),
        *,
        facts: Json | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.messages = list(messages)
        self.facts = facts or {}
        self.retry_after = retry_after

    def body(self) -> Json:
        """The JSON envelope of the answer."""
        answer: Json = {"ok": False, "error": self.error, **self.facts}
        if self.messages:
            answer["errors"] = [line.removeprefix("[ERROR] ") for line in self.messages]
            answer["response_metadata"] = {"messages": self.messages}
        return answer


class NotPossible(Exception):
    """A person tried what the screen does not offer, for instance a button that is not there."""

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(f"{error}: {detail}" if detail else error)
        self.error = error
        self.detail = detail
