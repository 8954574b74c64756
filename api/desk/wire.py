"""`/desk/v1`, what a client sends."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.wires import Address, Line, Text, Who, WireModel


class Decide(WireModel):
    """`POST requests/{id}/decide`. `as` names a Sentinel by number, e-mail or name.

    `content_version` is the one that the person saw; without it the present one counts.
    """

    who: Who = Field(alias="as")
    verdict: Literal["approved", "rejected", "modified"]
    reasoning: str | None = None
    modified_action: Text | None = None
    content_version: int | None = None


class Escalate(WireModel):
    """`POST requests/{id}/escalate`. `target` may name who shall receive it."""

    who: Who = Field(alias="as")
    reasoning: str | None = None
    target: Who | None = None


class Ask(WireModel):
    """`POST requests/{id}/ask`."""

    who: Who = Field(alias="as")
    question: Text


class Answer(WireModel):
    """`POST requests/{id}/questions/{number}/answer`."""

    answer: Text


class Away(WireModel):
    """`POST sentinels/{who}/away`. `until` is a date-time; `delegate` takes over the open cases."""

    until: str
    delegate: Who | None = None


class CreateEndpoint(WireModel):
    """`POST endpoints`. `dialect` says in whose words it hears events; without `events` it hears all."""

    url: Address
    dialect: Literal["humanlayer", "humanapproval", "humancheck", "hitl"]
    events: Annotated[list[str], Field(max_length=50)] | None = None


class Replay(WireModel):
    """`POST deliveries/replay`. What is given narrows it down; something has to be."""

    endpoint: Line | None = None
    url: Address | None = None
    request: Line | None = None
    state: Literal["queued", "delivered", "dead"] | None = None
    since: str | None = None
    until: str | None = None


class Nothing(WireModel):
    """`POST requests/{id}/cancel`, `sentinels/{who}/back` and the like: verbs that need no words."""
