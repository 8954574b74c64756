"""Hears of decisions: proves who sends them, and works through each event once."""

import os
import sqlite3
from contextlib import closing

import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from sentinel_desk import Event, SignatureInvalid, UnreadableMessage, verify

LARGEST = 1024 * 1024

TABLES = """
CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS refunds (request_id TEXT PRIMARY KEY, amount INTEGER);
"""


def build(secrets: list[str], database: str) -> FastAPI:
    """The receiver; several secrets count while one is being rotated."""
    with closing(sqlite3.connect(database)) as db:
        db.executescript(TABLES)
    app = FastAPI()

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        try:
            event = verify(request.headers, await _body(request), secrets)
        except (SignatureInvalid, UnreadableMessage) as error:
            return Response(str(error), status_code=401 if isinstance(error, SignatureInvalid) else 400)
        await run_in_threadpool(once, database, event)
        return Response(status_code=204)

    return app


def once(database: str, event: Event) -> None:
    """Work through an event unless its id is known. Both are one transaction."""
    with closing(sqlite3.connect(database, timeout=10)) as db, db:
        new = db.execute("INSERT OR IGNORE INTO seen (id) VALUES (?)", [event.id]).rowcount
        if new:
            work(db, event)


def work(db: sqlite3.Connection, event: Event) -> None:
    """What your program does about a decision."""
    decision = event.decision
    if decision.approved:
        db.execute("INSERT INTO refunds VALUES (?, ?)", [event.request_id, decision.payload.get("amount")])
    print(f"{event.request_id}: {decision.outcome} ({decision.note})", flush=True)


async def _body(request: Request) -> bytes:
    """The bytes as they arrived. Anybody can send some, so there is an end to it."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise SignatureInvalid("too large to be from the desk")
    return body


if __name__ == "__main__":
    secrets = os.environ["WEBHOOK_SECRET"].replace(",", " ").split()
    receiver = build(secrets, os.environ.get("DATABASE", "receiver.db"))
    uvicorn.run(receiver, port=int(os.environ.get("PORT", "9000")))
