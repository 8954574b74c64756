"""`/v1/teams`: Sentinels under one name, to whom a review can be assigned. They give nobody authority."""

from __future__ import annotations

from aiohttp import web

from api import wires
from api.body import json_object
from api.dialects.hitl import answers, assignees
from api.dialects.hitl.wire import AddMember, CreateTeam
from api.ops import READ, SET_UP, Call, Op
from api.problems import Problem, Refused, fault
from api.wires import filled
from approvals.model import Json, Roster, Sentinel, Team

MOST = 100
"""Teams of one project."""


async def create(call: Call) -> web.Response:
    """Make a team, with nobody in it yet."""
    asked = wires.read(CreateTeam, (await json_object(call)).value)
    if "@" in asked.name:
        raise fault("name", "must not look like an e-mail", "leave out the @")
    if len((await _roster(call)).teams) >= MOST:
        raise Refused(Problem(409, "conflict", f"A project has at most {MOST} teams."))
    name, description = asked.name.strip(), filled(asked.description)
    team = await call.desk.library.create_team(call.key.project, name, description)
    return answers.said(call, _shown(team), wires.unknown(asked), status=201)


async def listing(call: Call) -> web.Response:
    """All teams by name."""
    teams = sorted((await _roster(call)).teams, key=lambda team: (team.name.casefold(), team.id))
    return answers.cut(call, "teams", [_shown(team) for team in teams])


async def members(call: Call) -> web.Response:
    """Who is in a team."""
    roster = await _roster(call)
    people = (roster.sentinel(number) for number in _meant(call, roster).members)
    return answers.cut(call, "members", [_person(one) for one in people if one is not None])


async def join(call: Call) -> web.Response:
    """Add a Sentinel to a team; one who is in it already stays."""
    asked = wires.read(AddMember, (await json_object(call)).value)
    roster = await _roster(call)
    team, sentinel = _meant(call, roster), assignees.by_email(roster, asked.email)
    if sentinel is None:
        raise fault("email", f"{asked.email[:100]!r} is no Sentinel", "add the person to desk.yml first")
    if await call.desk.library.join_team(call.key.project, team.id, sentinel.id) is None:
        raise answers.not_found("team")
    data = {"team_id": team.id, **_person(sentinel)}
    return answers.said(call, data, wires.unknown(asked), status=201)


def _meant(call: Call, roster: Roster) -> Team:
    named = call.request.match_info["id"]
    found = next((team for team in roster.teams if team.id == named), None)
    if found is None:
        raise answers.not_found("team")
    return found


def _shown(team: Team) -> dict[str, Json]:
    return {
        "id": team.id,
        "name": team.name,
        "description": team.description,
        "member_count": len(team.members),
    }


def _person(sentinel: Sentinel) -> dict[str, Json]:
    return {"email": sentinel.email, "name": sentinel.name, "active": sentinel.active}


async def _roster(call: Call) -> Roster:
    return await call.desk.requests.roster(call.key.project)


_ALL, _MEMBERS = "/v1/teams", "/v1/teams/{id}/members"

OPS = (
    Op("POST", _ALL, create, SET_UP, "Create a team", CreateTeam, 201, creates=True),
    Op("GET", _ALL, listing, READ, "List teams"),
    Op("GET", _MEMBERS, members, READ, "Get team members"),
    Op("POST", _MEMBERS, join, SET_UP, "Add a team member", AddMember, 201),
)
