"""The routes of the practice server: what answers what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from . import handlers, samples
from .answer import HTML, Answer, RefusedError, json_answer
from .asked import Asked


@dataclass(frozen=True, slots=True)
class Route:
    """A path, what it does in a few words, and what answers it.

    Words in capitals stand for a segment; a path that ends in `...` answers all below it.
    """

    pattern: str
    says: str
    handler: handlers.Handler

    def match(self, segments: list[str]) -> list[str] | None:
        """Return what stands for the words in capitals; None if it is another path."""
        wanted = self.pattern.removesuffix("...").split("/")[1:]
        if self.pattern.endswith("..."):
            segments = segments[: len(wanted)]
        if len(segments) != len(wanted):
            return None
        pairs = list(zip(wanted, segments, strict=True))
        if any(name != segment for name, segment in pairs if not name.isupper()):
            return None
        return [segment for name, segment in pairs if name.isupper()]


def answer(asked: Asked) -> Answer:
    """Answer a request; one that no route takes gets a 404 that names them."""
    try:
        for route in ROUTES:
            found = route.match(asked.segments)
            if found is not None:
                return route.handler(asked, *found)
        raise RefusedError(f"There is no {asked.path} here; / names what there is.", 404)
    except RefusedError as refusal:
        return json_answer({"error": refusal.text}, status=refusal.status)


def index(asked: Asked) -> Answer:
    """Name the routes."""
    routes = {route.pattern: route.says for route in ROUTES}
    return json_answer({"about": "Sonde's practice server", "routes": routes})


ROUTES: Final = (
    Route("/", "this list", index),
    Route("/anything...", "the request as JSON, for every method and path below", handlers.echo),
    Route("/status/CODE", "an answer with that status", handlers.status),
    Route("/delay/SECONDS", "an answer after a while, 30 s at most", handlers.delay),
    Route("/redirect/N", "N redirects, then /anything/redirected", handlers.redirect),
    Route("/redirect-to", "a redirect: ?url=…&status=302", handlers.redirect_to),
    Route("/cookies", "the cookies that were sent", handlers.cookies),
    Route("/cookies/set", "sets cookies: ?name=value", handlers.set_cookies),
    Route("/basic-auth/USER/PASS", "asks for that user and password", handlers.basic_auth),
    Route("/bearer", "asks for a bearer token, any", handlers.bearer),
    Route("/stream/N", "N lines of JSON, chunked: ?interval=0.05", handlers.stream),
    Route("/drip", "bytes one at a time: ?n=10&seconds=2", handlers.drip),
    Route("/sse", "server-sent events: ?n=10&interval=0.2", handlers.server_sent),
    Route("/bytes/N", "N bytes, of any size", handlers.pseudo_random),
    Route("/json/N", "a JSON document of about N bytes", handlers.json_document),
    Route("/gzip", "the request as JSON, coded so", handlers.coded("gzip")),
    Route("/deflate", "the same with deflate", handlers.coded("deflate")),
    Route("/brotli", "the same with br", handlers.coded("br")),
    Route("/zstd", "the same with zstd", handlers.coded("zstd")),
    Route("/image/png", "a small picture", handlers.image),
    Route("/form", "an HTML form; POST echoes it", handlers.form),
    Route("/login", "echoes the form that is posted", handlers.echo),
    Route("/upload", "sizes and digests of the files that are posted", handlers.upload),
    Route("/html", "a page", handlers.sample(samples.HTML_PAGE, HTML)),
    Route("/xml", "a document", handlers.sample(samples.XML_PAGE, "application/xml")),
    Route("/users/N", "a user as JSON", handlers.user),
    Route(
        "/repos/OWNER/NAME", "a repository as JSON; there is requests/requests", handlers.repository
    ),
    Route(
        "/hostile/text",
        "text that would command a terminal",
        handlers.sample(samples.HOSTILE, HTML),
    ),
    Route("/hostile/deep", "JSON nested 100,000 deep", handlers.deep),
    Route("/hostile/digits", "JSON with an integer of 5,000 digits", handlers.digits),
    Route("/broken/short", "less than its Content-Length", handlers.breaking("short")),
    Route("/broken/reset", "a connection reset in the middle", handlers.breaking("reset")),
    Route("/broken/nothttp", "an answer that is no HTTP", handlers.no_http),
    Route("/broken/gzip", "half of a gzip", handlers.damaged),
    Route(
        "/broken/json",
        "JSON that is none",
        handlers.sample('{"a": 1, "b": }\n', "application/json"),
    ),
)
