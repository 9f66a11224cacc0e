"""The console served for real on a loopback port, and Chromium in front of it."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from service.console.session import COOKIE
from tests.console.practice import WEBER, Practice, open_practice

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]


class _Silent(WSGIRequestHandler):
    """Addresses are not logged."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Practice]:
    opened = open_practice(tmp_path)
    yield opened
    opened.composition.store.close()


@pytest.fixture
def base(practice: Practice) -> Iterator[str]:
    def whole(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Each answer read and closed before it is sent: a browser that leaves early leaves no file open."""
        body = practice.app(environ, start_response)
        try:
            return [b"".join(body)]
        finally:
            body.close()  # type: ignore[attr-defined]  # Flask's answers are closed

    server = make_server("127.0.0.1", 0, whole, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.skip(f"no Chromium at {CHROMIUM} (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, practice: Practice, base: str) -> Iterator[Callable[..., Page]]:
    """Open a page, scripts switched off, as the délégant or as nobody."""
    contexts = []

    def opened(path: str = "/", *, rpps: str = WEBER, width: int = 1280, scheme: str = "light") -> Page:
        context = chromium.new_context(
            java_script_enabled=False,
            locale="fr-FR",
            color_scheme=scheme,  # type: ignore[arg-type]  # "light" or "dark"
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        if rpps:
            context.add_cookies([{"name": COOKIE, "value": practice.composition.issuer.token(rpps), "url": base}])
        page = context.new_page()
        page.goto(f"{base}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
