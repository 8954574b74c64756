"""The errors of the documentation: what each status means, and how a dialect words one of that kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from api import wires
from api.docs.prose import Words
from api.ops import Mount
from api.problems import Fault, Kind, Problem, Refused
from approvals.model import Json

WORDS: Mapping[int, Words] = {
    400: Words("A field is missing or wrong; it is named.", "Un champ manque ou est faux ; il est nommé."),
    401: Words("The key is missing or invalid.", "La clé manque ou n'est pas valable."),
    403: Words(
        "The key lacks the scope, is restricted to something else, or the person may not.",
        "La clé n'a pas la portée ou est restreinte à autre chose, ou la personne n'a pas le droit.",
    ),
    404: Words("Nothing of that id exists here.", "Rien de cet identifiant n'existe ici."),
    409: Words("Something else stands already; it is named.", "Autre chose est déjà établi ; c'est nommé."),
    413: Words("The body is too large.", "Le corps est trop grand."),
    415: Words("The body's encoding is not read.", "L'encodage du corps n'est pas lu."),
    422: Words(
        "The idempotency key was used with another body.", "La clé d'idempotence a servi à un autre corps."
    ),
    429: Words("Too many creates; `Retry-After` says when.", "Trop de créations ; `Retry-After` dit quand."),
    503: Words("The database did not answer; try again.", "La base n'a pas répondu ; réessayez."),
}

_NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
_CALL = "req_0123456789ab00000001"

_PROBLEMS: Mapping[int, Problem] = {
    401: Problem(401, "unauthorized", "Invalid or missing API key."),
    403: Problem(
        403, "insufficient_scope", "This key lacks the scope requests.", facts={"needs": ["requests"]}
    ),
    404: Problem(404, "request_not_found", "No request of that id exists here."),
    409: Problem(
        409,
        "already_ended",
        "This request has already ended: approved by Marie Dupont at 2026-11-23T14:30:00.000Z.",
        facts={"state": "decided", "outcome": "approved", "decided_by": "Marie Dupont"},
    ),
    413: Problem(
        413, "too_large", "body is larger than 262144 bytes", (Fault("body", "is larger than 262144 bytes"),)
    ),
    415: Problem(
        415,
        "unsupported_encoding",
        "Content-Encoding 'gzip' is not read",
        (Fault("Content-Encoding", "'gzip' is not read", "send the body as it is"),),
    ),
    422: Problem(422, "idempotency_conflict", "Idempotency-Key was used before with another body."),
    429: Problem(429, "rate_limit_exceeded", "More than 1000/min creates; try again in 1 s."),
    503: Problem(503, "unavailable", "Not recorded; the database did not answer. Please try again."),
}


def example(mount: Mount, status: int) -> Json:
    """The body of such an error, worded by the dialect itself."""
    problem = _PROBLEMS[status] if status != 400 else _nothing_was_sent(mount)
    return dict(mount.shape(problem, _CALL, _NOW))


def _nothing_was_sent(mount: Mount) -> Problem:
    """What a dialect says of an empty body."""
    for op in mount.ops:
        try:
            wires.read(op.body, {}) if op.body else None
        except Refused as refused:
            return refused.problem
    return Problem(
        400, "invalid_field", "body is required", (Fault("body", "is required", kind=Kind.MISSING),)
    )
