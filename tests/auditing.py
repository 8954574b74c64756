"""The auditor at the end of a test: whatever happened, no row contradicts another."""

from store.auditor import SqlAuditor
from store.connections import open_engines


async def sound(url: str) -> None:
    """Ask a database (`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`) everything that must be true."""
    engines = open_engines(url)
    try:
        assert await SqlAuditor(engines, None).whole() == []
    finally:
        await engines.dispose()
