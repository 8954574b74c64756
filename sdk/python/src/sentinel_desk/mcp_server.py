"""An MCP server over stdio: an agent asks for approval with tools, and a person decides in the desk.

A process of its own that speaks to the desk as any other client does, with a key that may ask and
never decide. Needs the extra `mcp`.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, Field

from sentinel_desk.aio import AsyncClient, AsyncRequest
from sentinel_desk.errors import ConfigurationError, NotFound, SentinelDeskError, WaitTimeout
from sentinel_desk.models import Question
from sentinel_desk.version import __version__

try:
    from mcp.server import MCPServer
    from mcp.server.mcpserver import Context
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations
except ImportError as error:
    raise ImportError("the MCP server needs: pip install 'sentinel-desk-client[mcp]'") from error

INSTRUCTIONS = """\
Before you do what needs a person's approval, call request_approval and wait until the result says
"approved": true. Anything else is a no. A reviewer may ask questions first: answer them truthfully with
answer_question. Do exactly what was approved; for anything else ask again."""

# Many MCP clients give up on a call after 60 seconds.
DEFAULT_WAIT_S = 45
LONGEST_WAIT_S = 300

# How often a wait tells its client that it is still there, in seconds.
_PROGRESS_S = 10.0

RequestId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="As request_approval gave it")]


class _Asked(Exception):
    """A reviewer has asked something: the agent shall answer it, and nothing here can."""


class OpenQuestion(BaseModel):
    """What a reviewer wants to know before deciding."""

    number: int
    question: str
    asked_by: str | None = None


class Approval(BaseModel):
    """How a request stands. Only `approved` being true lets the agent act."""

    request_id: str
    approved: bool
    status: str
    outcome: str | None = None
    note: str | None = None
    decided_at: datetime | None = None
    expires_at: datetime | None = None
    open_questions: list[OpenQuestion] = []
    warnings: list[str] = []
    next_step: str


class Tools:
    """The tools over one client."""

    def __init__(self, client: AsyncClient) -> None:
        self._requests = client.requests

    async def request_approval(
        self,
        title: Annotated[str, Field(min_length=1, description="What is to be done, in one line")],
        payload: Annotated[dict[str, Any], Field(description="Everything the reviewer needs to decide")],
        domain: Annotated[str | None, Field(description="Field of expertise: legal, finance, …")] = None,
        jurisdiction: Annotated[str | None, Field(description="Where the law applies: CA-QC, FR, …")] = None,
        description: Annotated[str | None, Field(description="Why, and what happens otherwise")] = None,
        external_id: Annotated[
            str | None, Field(description="Your own id: asking twice with it is one request")
        ] = None,
        expires_in_minutes: Annotated[int | None, Field(ge=1, le=525_600)] = None,
    ) -> Approval:
        """Ask a qualified person to approve an action before it is done. Returns at once."""
        minutes = expires_in_minutes
        with _told():
            request = await self._requests.create(
                title=title,
                payload=payload,
                domain=domain,
                jurisdiction=jurisdiction,
                description=description,
                external_id=external_id,
                expires_at=datetime.now(UTC) + timedelta(minutes=minutes) if minutes else None,
            )
            return _shown(request, await self._open(request.id))

    async def check_approval(self, request_id: RequestId) -> Approval:
        """How a request stands now, and what reviewers have asked and wait for."""
        with _told():
            return _shown(await self._requests.get(request_id), await self._open(request_id))

    async def wait_for_approval(
        self,
        request_id: RequestId,
        ctx: Context,
        timeout_seconds: Annotated[int, Field(ge=1, le=LONGEST_WAIT_S)] = DEFAULT_WAIT_S,
    ) -> Approval:
        """Wait until a person has decided, a reviewer asks something, or the time is over.

        Call it again while the status is pending.
        """
        started = time.monotonic()
        with _told():
            known = {question.number for question in await self._open(request_id)}
            while (left := timeout_seconds - (time.monotonic() - started)) > 0:
                if await self._news(request_id, known, min(left, _PROGRESS_S)):
                    break
                await ctx.report_progress(time.monotonic() - started, timeout_seconds)
        return await self.check_approval(request_id)

    async def answer_question(
        self,
        request_id: RequestId,
        number: Annotated[int, Field(ge=1, description="The question's number")],
        answer: Annotated[str, Field(min_length=1, description="The truth, as far as you know it")],
    ) -> Approval:
        """Answer a reviewer's question. The answer goes on the record of the request."""
        with _told():
            await self._requests.answer(request_id, number, answer)
        return await self.check_approval(request_id)

    async def _news(self, request_id: str, known: set[int], seconds: float) -> bool:
        """Whether the request has ended, or a reviewer asked something new, within the seconds."""

        async def hear(question: Question) -> None:
            if question.number not in known:
                raise _Asked

        try:
            await self._requests.wait_for_decision(request_id, seconds, on_question=hear)
        except WaitTimeout:
            return False
        except _Asked:
            return True
        return True

    async def _open(self, request_id: str) -> tuple[Question, ...]:
        # A service that speaks the dialect only has no questions.
        with suppress(NotFound):
            return tuple(q for q in await self._requests.questions(request_id) if q.open)
        return ()


def build(client: AsyncClient) -> MCPServer[Any]:
    """The server with its four tools."""
    server: MCPServer[Any] = MCPServer(
        "sentinel-desk",
        title="Sentinel Desk",
        instructions=INSTRUCTIONS,
        version=__version__,
        log_level="WARNING",
    )
    tools = Tools(client)
    looking = ToolAnnotations(read_only_hint=True, open_world_hint=True)
    telling = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
    server.add_tool(tools.request_approval, annotations=telling)
    server.add_tool(tools.check_approval, annotations=looking)
    server.add_tool(tools.wait_for_approval, annotations=looking)
    server.add_tool(tools.answer_question, annotations=telling)
    return server


def main() -> None:
    """Serve over stdio until the client hangs up; exit 2 where the environment does not say how."""
    parser = argparse.ArgumentParser(
        prog="sentinel-desk-mcp",
        description="Approval tools over MCP (stdio). Set SENTINEL_DESK_URL and SENTINEL_DESK_API_KEY.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.parse_args()
    try:
        asyncio.run(_serve())
    except ConfigurationError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


async def _serve() -> None:
    async with AsyncClient() as client:
        await build(client).run_stdio_async()


@contextmanager
def _told() -> Iterator[None]:
    """Let the agent read what went wrong; anything unexpected stays on our side."""
    try:
        yield
    except (SentinelDeskError, ValueError) as error:
        raise ToolError(str(error)) from error


def _shown(request: AsyncRequest, asked: tuple[Question, ...]) -> Approval:
    decision = request.decision
    approved = decision is not None and decision.approved
    return Approval(
        request_id=request.id,
        approved=approved,
        status=request.status,
        outcome=decision.outcome if decision is not None else None,
        note=request.decision_note,
        decided_at=request.decided_at,
        expires_at=request.expires_at,
        open_questions=[OpenQuestion(**q.model_dump(include=set(OpenQuestion.model_fields))) for q in asked],
        warnings=list(request.warnings),
        next_step=_next_step(approved, ended=decision is not None, asked=bool(asked)),
    )


def _next_step(approved: bool, *, ended: bool, asked: bool) -> str:
    if approved:
        return "Go on with exactly what was approved."
    if ended:
        return "Do not act. This request has ended without an approval."
    if asked:
        return "Do not act yet. Answer the open questions with answer_question, then wait_for_approval."
    return "Do not act yet. Call wait_for_approval."


if __name__ == "__main__":
    main()
