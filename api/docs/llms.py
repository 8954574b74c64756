"""`/llms.txt`: what an agent needs to know of the desk, in a page of plain text.

Source: the proposal at llmstxt.org: a heading, a summary in a quote, sections with links.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.docs import curl
from api.docs.prose import examples, prose
from api.ops import Mount

_OPENING = """\
# Sentinel Desk

> Human approval for AI agents. You ask whether you may do something; the desk gives the question to a
> qualified person, who approves, rejects, changes or escalates it in Slack; you get the verdict and the
> reasoning. Only an approval is a yes: take everything else, an expiry and an error included, as a no.

Send `x-api-key: KEY` or `Authorization: Bearer KEY`. Make repeats safe with `Idempotency-Key`. Hold a GET of
one request open with `?wait=300` instead of polling. A request made through one dialect can be read through
every other. If a person asks back, `GET /desk/v1/requests/{id}/questions` shows it and
`POST /desk/v1/requests/{id}/questions/{number}/answer` answers it.

## Reference

- [OpenAPI 3.1](/openapi.json): every route, with examples
- [For people, in English](/docs/en)
- [For people, in French](/docs/fr)
"""


def text(mounts: Sequence[Mount]) -> str:
    """The page: what the desk is, and for each dialect one call that can be copied."""
    return "\n".join([_OPENING, *_dialects(mounts)])


def _dialects(mounts: Sequence[Mount]) -> Iterator[str]:
    for mount in mounts:
        words = prose(mount.name)
        yield f"## {words.title}\n\n{words.about.en}\n\n{_call(mount)}\n\n{_routes(mount)}\n"


def _call(mount: Mount) -> str:
    told = examples(mount.name)
    op = next(op for op in mount.ops if f"{op.method} {op.path}" in told)
    return f"```sh\n{curl.line(op.method, told[f'{op.method} {op.path}'])}\n```"


def _routes(mount: Mount) -> str:
    return "\n".join(f"- `{op.method} {op.path}`: {op.summary}" for op in mount.ops)
