"""What a person sees, as plain values: messages, views and the outcome of gestures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workspace.blockkit.surfaces import elements, texts
from workspace.wire import Json

WARNINGS = {
    "operation_timeout": "operation timed out",
    "dispatch_failed": "the app answered with an error",
    "connection_failed": "the app could not be reached",
    "not_configured": "the app is not configured to handle this",
    "invalid_ack": "we had some trouble connecting",
}


@dataclass(frozen=True)
class Control:
    """A button, menu or field; `raw` is the element itself."""

    action_id: str
    block_id: str
    type: str
    label: str
    raw: Json

    @property
    def value(self) -> str | None:
        return self.raw.get("value")

    @property
    def style(self) -> str | None:
        return self.raw.get("style")

    @property
    def confirm(self) -> Json | None:
        return self.raw.get("confirm")


def controls_of(blocks: list[Json]) -> list[Control]:
    """Everything in blocks that can be pressed, chosen or filled."""
    return [
        Control(element["action_id"], block["block_id"], element["type"], _label(block, element), element)
        for block in blocks
        for element in elements(block)
        if "action_id" in element
    ]


def _label(block: Json, element: Json) -> str:
    label = element.get("text") or block.get("label") or element.get("placeholder") or {}
    return str(label.get("text", ""))


@dataclass(frozen=True)
class Message:
    """One message on the screen; `raw` is what the control API shows, `body` Slack's own object."""

    raw: Json

    @property
    def body(self) -> Json:
        return dict(self.raw["body"])

    @property
    def ts(self) -> str:
        return str(self.raw["ts"])

    @property
    def channel(self) -> str:
        return str(self.raw["channel"])

    @property
    def channel_name(self) -> str:
        return str(self.raw["channel_name"])

    @property
    def text(self) -> str:
        """The top-level text: what notifications and screen readers use."""
        return str(self.raw["body"].get("text", ""))

    @property
    def blocks(self) -> list[Json]:
        """All blocks, those of attachments included."""
        attached = [b for a in self.raw["body"].get("attachments") or [] for b in a.get("blocks") or []]
        return [*(self.raw["body"].get("blocks") or []), *attached]

    @property
    def attachments(self) -> list[Json]:
        return list(self.raw["body"].get("attachments") or [])

    @property
    def all_text(self) -> str:
        """Every text of the message, one a line."""
        body = self.raw["body"]
        return "\n".join([self.text, *texts(body.get("blocks")), *texts(body.get("attachments"))])

    @property
    def thread_ts(self) -> str | None:
        found: str | None = self.raw["body"].get("thread_ts")
        return found

    @property
    def ephemeral(self) -> bool:
        return bool(self.raw["ephemeral"])

    @property
    def by_bot(self) -> bool:
        return bool(self.raw["by_bot"])

    @property
    def revision(self) -> int:
        """1 when posted, one more for each update."""
        return int(self.raw["revision"])

    @property
    def metadata(self) -> Json | None:
        found: Json | None = self.raw["body"].get("metadata")
        return found

    @property
    def live(self) -> list[Json]:
        """The markup that does something: `{kind, target, label}` of mentions, broadcasts, links."""
        return list(self.raw["live"])

    @property
    def controls(self) -> list[Control]:
        return controls_of(self.blocks)

    @property
    def buttons(self) -> list[Control]:
        return [control for control in self.controls if control.type == "button"]

    def button(self, action_id: str) -> Control | None:
        """The button with this action_id, or None."""
        return next((b for b in self.buttons if b.action_id == action_id), None)


@dataclass(frozen=True)
class View:
    """A modal or App Home; `raw` is Slack's view object."""

    raw: Json

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def callback_id(self) -> str:
        return str(self.raw["callback_id"])

    @property
    def title(self) -> str:
        return str(self.raw["title"]["text"])

    @property
    def blocks(self) -> list[Json]:
        return list(self.raw["blocks"])

    @property
    def all_text(self) -> str:
        """Every text of the view, one a line."""
        return "\n".join([self.title, *texts(self.blocks)])

    @property
    def values(self) -> Json:
        """`state.values`: what is entered, by block_id and action_id."""
        return dict(self.raw["state"]["values"])

    @property
    def controls(self) -> list[Control]:
        return controls_of(self.blocks)

    @property
    def buttons(self) -> list[Control]:
        return [control for control in self.controls if control.type == "button"]

    def control(self, action_id: str) -> Control | None:
        """The button, menu or field with this action_id, or None."""
        return next((c for c in self.controls if c.action_id == action_id), None)


class Outcome:
    """What a gesture led to, as far as the person sees."""

    def __init__(self, raw: Json) -> None:
        self.raw = raw
        self.warning_code: str = raw["warning"]
        self.warning: str | None = WARNINGS.get(raw["warning"], raw["warning"]) or None
        self.cancelled: bool = raw["cancelled"]
        self.confirm: Json | None = raw["confirm"]
        self.modal: View | None = View(raw["modal"]) if raw["modal"] else None
        self.modal_opened: bool = raw["modal_opened"]
        self.modal_closed: bool = raw["modal_closed"]
        self.home: View | None = View(raw["home"]) if raw["home"] else None
        self.ephemerals = [Message(m) for m in raw["ephemerals"]]
        self.messages = [Message(m) for m in raw["messages"]]
        self.changed = [Message(m) for m in raw["changed"]]
        self.deleted: list[str] = raw["deleted"]

    @property
    def ephemeral(self) -> Message | None:
        """The newest ephemeral message that came, or None."""
        return self.ephemerals[-1] if self.ephemerals else None

    @property
    def message(self) -> Message | None:
        """The newest message that changed, or None."""
        return self.changed[-1] if self.changed else None

    @property
    def kinds(self) -> set[str]:
        """What came about: warning, cancelled, modal, closed, ephemeral, message, changed, deleted, home."""
        facts: dict[str, Any] = {
            "warning": self.warning,
            "cancelled": self.cancelled,
            "modal": self.modal_opened,
            "closed": self.modal_closed,
            "ephemeral": self.ephemerals,
            "message": self.messages,
            "changed": self.changed,
            "deleted": self.deleted,
            "home": self.home,
        }
        return {kind for kind, fact in facts.items() if fact}

    def __repr__(self) -> str:
        return f"Outcome({sorted(self.kinds)}, warning={self.warning!r})"


class SubmitResult(Outcome):
    """What became of a submission: `errors` by block_id, the `view` now on top, whether it `closed`."""

    def __init__(self, raw: Json) -> None:
        super().__init__(raw)
        self.errors: dict[str, str] = raw["errors"]
        self.local: bool = raw["local"]
        self.view = self.modal
        self.closed = self.modal_closed
