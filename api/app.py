"""The HTTP door, put together: every route of every dialect, one table."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Middleware

from api import well_known
from api.body import expect
from api.connections import MALFORMED
from api.desk.routes import DESK
from api.dialects.hitl.routes import HITL
from api.dialects.humanapproval.routes import HUMANAPPROVAL
from api.dialects.humancheck.routes import HUMANCHECK
from api.dialects.humanlayer.routes import HUMANLAYER
from api.docs.web import PATHS, Docs
from api.door import Door, numbers
from api.health import Health
from api.limits import Limiter
from api.ops import Mount
from api.parts import ApiDesk
from api.unmatched import Shapes, malformed, shaping

MOUNTS: tuple[Mount, ...] = (HUMANLAYER, HUMANAPPROVAL, HUMANCHECK, HITL, DESK)
"""All dialects and our own routes."""

OPEN = ("/healthz", "/readyz", "/health", well_known.PATH, *PATHS)
"""The routes that need no key. There are no others."""


def build(desk: ApiDesk, *around: Middleware) -> web.Application:
    """The application that serves every dialect over one desk; `around` sees every call first."""
    number = numbers()
    limiter = Limiter(desk.config.default_rate, desk.allowances, desk.config.project_rate)
    # Bodies are read, and bounded, by `api.body`; aiohttp's own bound would answer in its own words.
    shapes = Shapes(MOUNTS, DESK.shape)
    app = web.Application(middlewares=[*around, shaping(shapes, desk, number)])
    app[MALFORMED] = malformed(shapes, desk, number)
    for mount in MOUNTS:
        for op in mount.ops:
            door = Door(op, mount, desk, limiter, number)
            app.router.add_route(op.method, op.path, door.enter, expect_handler=expect)
    health = Health(desk)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    # Humancheck's reference has a name of its own for it.
    app.router.add_get("/health", health.alive)
    app.router.add_get(well_known.PATH, well_known.WebhookKeys(desk).show)
    Docs(MOUNTS).add(app)
    return app
