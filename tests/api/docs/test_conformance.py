"""What the document promises, tried with whatever it allows: no route fails, every answer has its shape.

The desk runs in a thread of its own, since the generator's calls are synchronous.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from approvals.keys import Scope
from tests.api.bench import Bench, opened
from tests.api.docs.test_document import closed
from tests.builders import a_submit

EXAMPLES = 15
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]

SCHEMA = schemathesis.openapi.from_dict(closed(), config=SchemathesisConfig())


@dataclass
class Running:
    """A desk in a thread."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    url: str = ""
    keys: dict[str, str] = field(default_factory=dict)

    async def open(self) -> Bench:
        """The desk, with a request in it and a key for each scope."""
        bench = await opened(default_rate=None, blocking_s=1)
        for _ in range(3):
            await bench.desk.approvals.submit(a_submit())
        for scope in Scope:
            speaks_for = ("*",) if scope is Scope.DECIDE else ()
            self.keys[scope] = await bench.key(scope, speaks_for=speaks_for)
        self.url = f"http://127.0.0.1:{bench.client.port}"
        return bench


@pytest.fixture(scope="module")
def desk() -> Iterator[Running]:
    """A running desk."""
    running = Running()
    thread = threading.Thread(target=running.loop.run_forever)
    thread.start()
    bench = asyncio.run_coroutine_threadsafe(running.open(), running.loop).result(30)
    # The generator sends headers that no client does; the server's parser logs each of them.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    yield running
    logging.getLogger("aiohttp.server").setLevel(logging.NOTSET)
    asyncio.run_coroutine_threadsafe(bench.client.close(), running.loop).result(30)
    running.loop.call_soon_threadsafe(running.loop.stop)
    thread.join(30)
    running.loop.close()


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_has_its_shape(case: schemathesis.Case, desk: Running) -> None:
    named = case.path_parameters or {}
    if sum(map(len, map(str, named.values()))) % 2:
        # Half of them name what there is.
        case.path_parameters = dict.fromkeys(named, "1")
    scopes = case.operation.definition.raw.get("x-scopes", [Scope.REQUESTS])
    if case.query and "wait" in case.query:
        case.query = {name: value for name, value in case.query.items() if name != "wait"}
    case.headers = {k: v for k, v in (case.headers or {}).items() if k.lower() != "prefer"}
    case.call_and_validate(base_url=desk.url, headers={"x-api-key": desk.keys[scopes[0]]}, checks=CHECKS)
