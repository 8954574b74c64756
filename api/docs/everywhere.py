"""What the routes of the OpenAPI document share: keys, headers, parameters; and the routes without a key."""

from __future__ import annotations

from api.holding import LONGEST_WAIT
from approvals.model import Json

ABOUT = """\
Four wire formats and our own routes, all doors to one desk: a request made through one can be read,
listed and decided through every other. Every route takes `x-api-key: KEY` or `Authorization: Bearer KEY`.
Unknown fields are accepted and reported back as `warnings`."""

STATUS = {
    200: "As asked.",
    201: "Made.",
    408: "Nobody decided in time; the review lives on.",
}

TEXT: dict[str, Json] = {"text/plain": {"schema": {"type": "string"}}}

UNCHANGED: dict[str, Json] = {"description": "It still is as it was told (`If-None-Match`)."}

SECURITY: dict[str, Json] = {
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "bearer": {"type": "http", "scheme": "bearer"},
}

HEADERS: dict[str, Json] = {
    "X-Request-Id": {"description": "The call's own id, to quote.", "schema": {"type": "string"}},
    "X-RateLimit-Limit": {"description": "How many creates a window holds.", "schema": {"type": "integer"}},
    "X-RateLimit-Remaining": {"description": "How many are left.", "schema": {"type": "integer"}},
    "X-RateLimit-Reset": {
        "description": "When all are back, in epoch seconds.",
        "schema": {"type": "integer"},
    },
    "Retry-After": {"description": "In how many seconds to try again.", "schema": {"type": "integer"}},
}

PARAMETERS: dict[str, Json] = {
    "wait": {
        "name": "wait",
        "in": "query",
        "description": "Hold the answer until the request has ended, for so many seconds at most.",
        "x-description-fr": "Retenir la réponse jusqu'à la fin de la demande, tant de secondes au plus.",
        "schema": {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT},
    },
    "prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`wait=N` does the same (RFC 7240).",
        "x-description-fr": "`wait=N` fait de même (RFC 7240).",
        "schema": {"type": "string"},
    },
    "questions": {
        "name": "questions_after",
        "in": "query",
        "description": "With `wait`: answer as well once a Sentinel asks a question numbered above it.",
        "x-description-fr": "Avec `wait` : répondre aussi dès qu'une question de numéro supérieur est posée.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 999_999_999},
    },
    "idempotency": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Makes repeats one: the same body gets the first answer again, another 422.",
        "x-description-fr": "Ne fait qu'un des répétitions : même corps, la première réponse ; sinon 422.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    },
    "webhook-id": {
        "name": "webhook-id",
        "in": "header",
        "required": True,
        "description": "The same at every try.",
        "schema": {"type": "string"},
    },
    "webhook-timestamp": {
        "name": "webhook-timestamp",
        "in": "header",
        "required": True,
        "description": "This try's time, in epoch seconds.",
        "schema": {"type": "string"},
    },
    "webhook-signature": {
        "name": "webhook-signature",
        "in": "header",
        "required": True,
        "description": "`v1,` and the Base64 HMAC-SHA256 of `ID.TIME.BODY`; one for each live secret.",
        "schema": {"type": "string"},
    },
    "tag": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The `ETag` of an earlier answer: 304 where nothing has changed.",
        "x-description-fr": "L'`ETag` d'une réponse précédente : 304 si rien n'a changé.",
        "schema": {"type": "string"},
    },
}

SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")
"""The headers of Standard Webhooks, on everything that a receiver is sent."""


def content(schema: Json, example: Json) -> dict[str, Json]:
    """A body in JSON."""
    shown = {} if example is None else {"example": example}
    return {"application/json": {"schema": schema, **shown}}


def reference(name: str) -> dict[str, Json]:
    """A component by its name, `headers/X-Request-Id`."""
    return {"$ref": f"#/components/{name}"}


def headers(*headers: str) -> dict[str, Json]:
    """Headers that an answer bears."""
    return {name: reference(f"headers/{name}") for name in headers}


def webhook_keys() -> dict[str, Json]:
    """The route that publishes the keys of webhooks, which needs no key either."""
    keys = {"type": "object", "required": ["keys"], "properties": {"keys": {"type": "array"}}}
    project = {"name": "project", "in": "path", "required": True, "schema": {"type": "string"}}
    told = "The keys that sign now, as JSON Web Keys (Ed25519), each with its `whpk`; none for a stranger."
    return {
        "/.well-known/webhook-keys/{project}": {
            "get": {
                "operationId": "webhook_keys",
                "summary": "The public keys with which the webhooks of a project are checked (`v1a`)",
                "security": [],
                "parameters": [project],
                "responses": {"200": {"description": told, "content": content(keys, None)}},
            }
        }
    }


def health() -> dict[str, Json]:
    """The routes for whoever watches the process, which need no key."""
    alive = {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}}
    ready = {**alive, "properties": {**alive["properties"], "reasons": {"type": "array"}}}  # type: ignore[dict-item]
    return {
        path: {
            "get": {
                "operationId": f"health_{path.strip('/')}",
                "summary": summary,
                "security": [],
                "responses": {
                    str(status): {"description": words, "content": content(schema, None)}
                    for status, (words, schema) in answers.items()
                },
            }
        }
        for path, summary, answers in (
            ("/healthz", "Whether the process answers", {200: ("It does.", alive)}),
            ("/health", "The same, where Humancheck's clients look for it", {200: ("It does.", alive)}),
            (
                "/readyz",
                "Whether the desk can work",
                {200: ("It can.", ready), 503: ("It cannot, and why.", ready)},
            ),
        )
    }
