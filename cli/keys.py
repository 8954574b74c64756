"""`keys`: who may call the API, and as what."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

import typer

from app import Desk
from approvals import plans, times
from approvals.addresses import Network, network
from approvals.domains import slug
from approvals.errors import InvalidField
from approvals.issuing import Issue, Issued, issue
from approvals.keys import ANYBODY, Key, Rate, Scope, mint, mint_webhook_secret
from approvals.model import KeyId, ProjectId
from approvals.places import known, suggest
from approvals.restrictions import Restrictions
from cli import output
from cli.failure import MISUSED, CommandFailed
from cli.opened import on_desk
from cli.options import DEFAULT_PROJECT, AsJson, Project
from store.keys import rotated

app = typer.Typer(no_args_is_help=True, help="API keys: make, list, revoke and rotate them.")

Id = Annotated[str, typer.Argument(help="The key's id, as `keys list` shows it.", metavar="ID")]


@app.command()
def create(
    name: Annotated[str, typer.Option("--name", "-n", help="What the key is for.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(Scope)}; may be repeated.")],
    project: Project = DEFAULT_PROJECT,
    speaks_for: Annotated[
        list[str] | None,
        typer.Option("--as", help="Whose decisions a `decide` key may send; '*' for anybody's. Repeatable."),
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Who owns the agent: they never decide for it.")] = None,
    rate: Annotated[str | None, typer.Option(help="Creates per time, such as 1000/min.")] = None,
    quota: Annotated[str | None, typer.Option(help="Creates per calendar month, such as 50/month.")] = None,
    max_open: Annotated[
        int | None, typer.Option(min=1, max=1_000_000_000, help="Open requests at a time, such as 50.")
    ] = None,
    domain: Annotated[
        list[str] | None, typer.Option(help="Restrict it to requests of this domain. Repeatable.")
    ] = None,
    jurisdiction: Annotated[
        list[str] | None, typer.Option(help="Restrict it to requests for this place. Repeatable.")
    ] = None,
    agent: Annotated[
        list[str] | None, typer.Option(help="Restrict it to requests of this agent_id. Repeatable.")
    ] = None,
    networks: Annotated[
        list[str] | None,
        typer.Option("--from", help="The network or address that it may be used from. Repeatable."),
    ] = None,
    plan: Annotated[str | None, typer.Option(help=f"A preset: {', '.join(plans.PLANS)}.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends, as a time from now: 90d.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once and never again."""
    preset = _plan(plan)
    lasts = None if expires is None else _span(expires, "--expires")
    wanted = Issue(
        project=_project(project),
        name=name,
        scopes=frozenset(_scope(one) for each in scope for one in each.split(",")),
        owner=owner,
        speaks_for=tuple(speaks_for or ()),
        rate=preset.rate if rate is None else _rate(rate),
        quota=preset.quota if quota is None else _quota(quota),
        max_open=max_open,
        restrictions=Restrictions(tuple(domain or ()), tuple(jurisdiction or ()), tuple(agent or ())),
        networks=tuple(map(_network, networks or ())),
    )

    async def job(desk: Desk) -> Issued:
        now = desk.clock()
        fresh = _issued(replace(wanted, expires_at=None if lasts is None else now + lasts), now)
        await _remark_on_project(desk, fresh.key.project)
        await desk.store.keys.create(fresh.key, fresh.text, fresh.webhook_secret)
        await _remark_on_strangers(desk, fresh.key)
        await _remark_on_restrictions(desk, fresh.key)
        return fresh

    _show(on_desk(job, fresh=True), as_json)


@app.command("list")
def listing(
    project: Annotated[str | None, typer.Option("--project", "-p", help="Only of this project.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the keys, the revoked ones too. Their text is known to nobody."""

    async def job(desk: Desk) -> list[tuple[Key, bool]]:
        found = await desk.store.keys.list(ProjectId(project) if project else None)
        return [(key, key.live(desk.clock())) for key in found]

    found = on_desk(job)
    if as_json:
        return output.json({"keys": [_facts(key) | {"live": live} for key, live in found]})
    columns = ("id", "project", "name", "scopes", "as", "limit", "restricted to", "made", "state")
    return output.table(
        columns, [_row(*each) for each in found], "no keys; `sentinel-desk keys create` makes one"
    )


@app.command()
def revoke(key_id: Id, as_json: AsJson = False) -> None:
    """End a key at once, on every replica."""

    async def job(desk: Desk) -> Key:
        key = await _known(desk, key_id)
        await desk.store.keys.revoke(key.id, desk.clock())
        return await _known(desk, key_id)

    key = on_desk(job)
    if as_json:
        return output.json(_facts(key))
    return output.say(f"{key.id} ({output.visible(key.name)}) is revoked")


@app.command()
def rotate(
    key_id: Id,
    overlap: Annotated[str, typer.Option(help="How long the old key lives on: 24h, 0s.")] = "24h",
    as_json: AsJson = False,
) -> None:
    """Make a key's successor. The old one lives on for the overlap."""
    span = timedelta() if overlap == "0s" else _span(overlap, "--overlap")

    async def job(desk: Desk) -> Issued:
        old = await _known(desk, key_id)
        if not old.live(desk.clock()):
            raise CommandFailed(f"{key_id} is not alive any more; make a new key")
        heir, text = mint()
        fresh = Issued(rotated(old, heir, desk.clock()), text, mint_webhook_secret())
        await desk.store.keys.create(fresh.key, fresh.text, fresh.webhook_secret)
        await desk.store.keys.adopt_secrets(heir, old.id)
        ends = desk.clock() + span
        await desk.store.keys.expire(old.id, min(ends, old.expires_at or ends))
        return fresh

    _show(on_desk(job), as_json)


def _issued(wanted: Issue, now: datetime) -> Issued:
    try:
        return issue(wanted, now)
    except InvalidField as error:
        fix = f" ({error.fix})" if error.fix else ""
        raise CommandFailed(f"--{error.field} {error.issue}{fix}", MISUSED) from error


def _show(fresh: Issued, as_json: bool) -> None:
    """The key, once; its webhook secret too where it can ask for something that calls back."""
    secret = fresh.webhook_secret if Scope.REQUESTS in fresh.key.scopes else None
    if as_json:
        return output.json(_facts(fresh.key) | {"key": fresh.text, "webhook_secret": secret})
    output.say(f"key             {fresh.text}")
    if secret is not None:
        output.say(f"webhook_secret  {secret}")
    output.say(f"id              {fresh.key.id}")
    return output.remark(
        "Keep them now: neither is shown again." if secret else "Keep it now: it is not shown again."
    )


def _facts(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "project": key.project,
        "name": key.name,
        "scopes": sorted(scope.value for scope in key.scopes),
        "as": list(key.speaks_for),
        "owner": key.owner,
        "rate": str(key.rate) if key.rate else None,
        "quota": f"{key.quota}/month" if key.quota else None,
        "max_open": key.max_open,
        "domains": list(key.restrictions.domains),
        "jurisdictions": list(key.restrictions.jurisdictions),
        "agents": list(key.restrictions.agents),
        "from": list(map(str, key.networks)),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
    }


def _row(key: Key, live: bool) -> tuple[object, ...]:
    limits = [str(key.rate)] if key.rate else []
    limits += [f"{key.quota}/month"] if key.quota else []
    limits += [f"{key.max_open} open"] if key.max_open else []
    only = [*key.restrictions.domains, *key.restrictions.jurisdictions, *key.restrictions.agents]
    only += map(str, key.networks)
    state = "live" if live else "revoked" if key.revoked_at else "expired"
    if live and key.expires_at:
        state = f"until {output.when(key.expires_at)}"
    return key.id, key.project, key.name, key.scopes, key.speaks_for, limits, only, key.created_at, state


async def _known(desk: Desk, key_id: str) -> Key:
    found = {key.id: key for key in await desk.store.keys.list(None)}
    if key_id not in found:
        raise CommandFailed(f"there is no key {key_id[:40]}; `sentinel-desk keys list` shows their ids")
    return found[KeyId(key_id)]


async def _remark_on_project(desk: Desk, project: ProjectId) -> None:
    if project not in await desk.store.agenda.projects():
        output.remark(
            f"note: project {project} is new; nobody decides in it until `sentinel-desk apply` says who"
        )


async def _remark_on_strangers(desk: Desk, key: Key) -> None:
    roster = await desk.store.roster(key.project)
    known = {(s.email or "").casefold() for s in roster.sentinels.values()} | {ANYBODY}
    for email in [email for email in key.speaks_for if email not in known]:
        output.remark(f"note: no Sentinel of project {key.project} has the address {email} so far")


async def _remark_on_restrictions(desk: Desk, key: Key) -> None:
    configured = (await desk.store.roster(key.project)).domains
    for domain in [one for one in key.restrictions.domains if one not in configured]:
        output.remark(f"note: project {key.project} has no domain {domain} so far")
    for place in [one for one in key.restrictions.jurisdictions if not known(one)]:
        near = suggest(place)
        meant = f"; the nearest that it knows is {near}" if near else ""
        output.remark(f"note: {place} is no place that the desk knows: only the same words match it{meant}")


def _project(text: str) -> ProjectId:
    if slug(text) != text:
        raise CommandFailed(f"--project {text}: write a name such as {slug(text) or 'default'}", MISUSED)
    return ProjectId(text)


def _network(text: str) -> Network:
    found = network(text.strip())
    if found is None:
        raise CommandFailed(f"--from {text}: write an address or a network such as 10.0.0.0/8", MISUSED)
    return found


def _scope(text: str) -> Scope:
    if text.strip() not in set(Scope):
        raise CommandFailed(f"--scope {text}: write {', '.join(Scope)}", MISUSED)
    return Scope(text.strip())


def _plan(text: str | None) -> plans.Plan:
    if text is not None and text not in plans.PLANS:
        raise CommandFailed(f"--plan {text}: write {', '.join(plans.PLANS)}", MISUSED)
    return plans.PLANS[text] if text else plans.Plan()


def _rate(text: str) -> Rate:
    found = plans.rate(text)
    if found is None:
        raise CommandFailed(f"--rate {text}: write a rate such as 1000/min, 20/s or 5000/h", MISUSED)
    return found


def _quota(text: str) -> int:
    found = plans.quota(text)
    if found is None:
        raise CommandFailed(f"--quota {text}: write a number a month, such as 50/month", MISUSED)
    return found


def _span(text: str, option: str) -> timedelta:
    found = times.duration(text)
    if found is None:
        raise CommandFailed(f"{option} {text}: write 90s, 30m, 48h or 7d", MISUSED)
    return found
