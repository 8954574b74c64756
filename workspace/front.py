"""The page: static files of this package, under a strict content security policy."""

from __future__ import annotations

from importlib.resources import files

from aiohttp import web

from workspace.space import Workspace

PAGE = files("workspace") / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Front:
    """Serves the page and its files."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Mount `/` and `/page/{file}`."""
        router.add_get("/", self.page)
        router.add_get("", self.with_slash)
        router.add_get("/page/{file}", self.file)

    async def page(self, request: web.Request) -> web.Response:
        """The one page."""
        return self._file("index.html")

    async def with_slash(self, request: web.Request) -> web.Response:
        """The mount point without its slash: the page's own addresses are relative."""
        raise web.HTTPFound(request.rel_url.with_path(request.path + "/", keep_query=True))

    async def file(self, request: web.Request) -> web.Response:
        """A script, style sheet or picture of the page."""
        return self._file(request.match_info["file"])

    def _file(self, name: str) -> web.Response:
        path, kind = PAGE / name, TYPES.get(name.rpartition(".")[2])
        if kind is None or "/" in name or not path.is_file():
            raise web.HTTPNotFound
        return web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=HEADERS)
