"""An index that answers late, wrongly or not at all is told as that, in bounded time."""

from __future__ import annotations

import base64
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from sandbox.domain import Environment, PackageIndexes, Requirements
from sandbox.environments import resolve
from sandbox.environments.resolving.catalogue import read_file
from sandbox.environments.resolving.pages import read_pages, read_sidecar
from sandbox.environments.resolving.web import PATIENCE_S, bounded
from sandbox.errors import NetworkError, RefusedError
from tests.support.package_index import serving
from tests.support.wheels import make_wheel

SECRET = "s3cret-w0rd"


def ask(url: str, cache: Path, *packages: str) -> Environment:
    return resolve(
        Requirements(packages),
        indexes=PackageIndexes(index_url=url),
        pythons=("3.11",),
        cache=cache,
    )


def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_HEAD = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_: object) -> None: ...

    return Handler


def saying(code: int) -> type[BaseHTTPRequestHandler]:
    return answering(lambda handler: handler.send_error(code))


def test_what_wheels_weigh_is_known_before_they_are_fetched(tmp_path: Path) -> None:
    """As far as the index says it; it is no part of the Environment's identity."""
    sizes = {"alpha": 3_000_000, "beta": 500_000, "gamma": None}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        name = handler.path.strip("/").partition("/")[0].partition("-")[0]
        wheel = make_wheel(tmp_path / "files", name, "1.0")
        body, kind = wheel.read_bytes(), "application/octet-stream"
        if not handler.path.endswith(".whl"):
            kind = "application/vnd.pypi.simple.v1+json"
            file = {"filename": wheel.name, "url": f"/{wheel.name}", "hashes": {}}
            file |= {"size": sizes[name]} if sizes[name] else {}
            body = json.dumps(
                {"meta": {"api-version": "1.0"}, "name": name, "files": [file]}
            ).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    with serving(answering(answer)) as url:
        found = ask(url, tmp_path / "cache", "alpha", "beta", "gamma")
    assert found.wheel_bytes == 3_500_000
    assert replace(found, wheel_bytes=0).id == found.id


def with_secret(url: str) -> str:
    return url.replace("://", f"://ada:{SECRET}@")


@pytest.mark.parametrize("code", [401, 404, 500, 503])
def test_an_index_that_refuses_everything_is_unavailable(code: int, tmp_path: Path) -> None:
    with (
        serving(saying(code)) as url,
        pytest.raises(NetworkError, match="does not answer") as caught,
    ):
        ask(with_secret(url), tmp_path, "alpha")
    assert SECRET not in str(caught.value) + str(caught.value.facts)
    assert caught.value.hint


def test_nobody_at_the_address_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:9 does not answer") as caught:
        ask(f"http://ada:{SECRET}@127.0.0.1:9/simple", tmp_path, "alpha", "beta")
    assert SECRET not in str(caught.value) + str(caught.value.facts)


def test_a_host_without_an_address_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match=r"nowhere\.invalid does not answer"):
        ask("http://nowhere.invalid/simple", tmp_path, "alpha")


def test_a_host_that_is_not_there_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look-up may take seconds, and one goes after the other."""
    asked: list[object] = []

    def look_up(host: object, *_: object, **__: object) -> list[object]:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    indexes = PackageIndexes(index_url="https://index.invalid/simple")
    with pytest.raises(NetworkError, match=r"does not answer: .*no such host"):
        read_pages([f"package-{number}" for number in range(9)], indexes)
    assert asked == ["index.invalid"]


@pytest.mark.slow
def test_a_silent_index_is_not_waited_for_long(tmp_path: Path) -> None:
    assert PATIENCE_S < 10
    over = threading.Event()
    silent = answering(lambda _handler: over.wait(60) and None)
    with serving(silent) as url:
        with pytest.raises(NetworkError, match="timed out"):
            ask(url, tmp_path, *(f"package-{number}" for number in range(40)))
        over.set()


@pytest.mark.slow
def test_an_answer_that_never_ends_is_not_waited_for(tmp_path: Path) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        ends = time.monotonic() + 10 * PATIENCE_S
        try:
            while time.monotonic() < ends:
                handler.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    with serving(answering(trickle)) as url, pytest.raises(NetworkError, match="does not end"):
        ask(url, tmp_path, "alpha")


def test_one_that_stumbles_once_is_asked_again(tmp_path: Path) -> None:
    codes = iter([503])

    def stumble(handler: BaseHTTPRequestHandler) -> None:
        handler.send_error(next(codes, 404))

    with serving(answering(stumble)) as url, pytest.raises(NetworkError, match="nothing at all"):
        read_pages(["alpha"], PackageIndexes(index_url=url))
    assert next(codes, None) is None


def test_credentials_reach_the_index_but_no_argument_message_or_lock(tmp_path: Path) -> None:
    """While uv waits for its page, every process of this machine is looked at."""
    wheel = make_wheel(tmp_path, "alpha", "1.0")
    expected = "Basic " + base64.b64encode(f"ada:{SECRET}".encode()).decode()
    seen: list[bool] = []

    def serve(handler: BaseHTTPRequestHandler) -> None:
        commands = [
            file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if safe(file)
        ]
        seen.append(any(SECRET.encode() in command for command in commands))
        if handler.headers.get("Authorization") != expected:
            handler.send_error(401)
            return
        is_page = handler.path.startswith("/simple/alpha")
        body = f'<a href="/files/{wheel.name}">{wheel.name}</a>'.encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html" if is_page else "application/zip")
        data = body if is_page else wheel.read_bytes()
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    with serving(answering(serve)) as url:
        environment = ask(f"{with_secret(url)}/simple", tmp_path / "cache", "alpha")
    assert environment.packages == {"alpha": "1.0"}
    assert SECRET not in environment.lock + str(environment.decisions)
    assert "://" not in environment.lock
    assert len(seen) > 1
    assert not any(seen)


def safe(file: Path) -> bool:
    try:
        file.read_bytes()
    except OSError:
        return False
    return True


def test_credentials_do_not_follow_a_redirect_to_another_host(tmp_path: Path) -> None:
    received: list[tuple[str, str | None]] = []

    def note(handler: BaseHTTPRequestHandler) -> None:
        received.append((handler.path, handler.headers.get("Authorization")))
        handler.send_error(404)

    with serving(answering(note)) as other, serving(leading_to(f"{other}/led")) as url:
        indexes = PackageIndexes(index_url=with_secret(url), extra_index_urls=(other,))
        with pytest.raises(NetworkError):
            read_pages(["alpha"], indexes)
    assert ("/led/alpha/", None) in received
    assert not any(secret for _, secret in received)


def leading_to(address: str) -> type[BaseHTTPRequestHandler]:
    def redirect(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", f"{address}{handler.path}")
        handler.end_headers()

    return answering(redirect)


def test_a_redirect_does_not_lead_to_a_host_without_https_that_nobody_configured() -> None:
    asked: list[str] = []
    with serving(answering(lambda handler: asked.append(handler.path))) as other:
        with (
            serving(leading_to(other)) as url,
            pytest.raises(NetworkError, match="leads to http: addresses"),
        ):
            read_pages(["alpha"], PackageIndexes(index_url=url))
        with serving(leading_to("ftp://x")) as url, pytest.raises(NetworkError, match="ftp:"):
            read_pages(["alpha"], PackageIndexes(index_url=url))
    assert not asked


def test_one_that_sends_from_address_to_address_is_told() -> None:
    with serving(leading_to("")) as url, pytest.raises(NetworkError, match="one address to the"):
        read_pages(["alpha"], PackageIndexes(index_url=url))


def test_what_lies_beside_a_wheel_is_not_asked_of_a_host_without_https() -> None:
    asked: list[str] = []
    with serving(answering(lambda handler: asked.append(handler.path))) as url:
        name = "alpha-1.0-py3-none-any.whl"
        file = read_file("alpha", name, url=f"{url}/{name}")
        assert file is not None
        assert read_sidecar(file, PackageIndexes(index_url="https://index.invalid/simple")) is None
    assert not asked


def test_a_page_is_read_up_to_its_bounds_and_a_file_too() -> None:
    with pytest.raises(RefusedError, match="larger than 1 MB"):
        list(bounded([b"x" * 2**20, b"x"], 2**20, 60.0))
    with pytest.raises(ValueError, match="does not end"):
        list(bounded([b"x"], 2**20, -1.0))


def test_a_packed_page_is_read_and_its_links_are_of_where_it_came_from_in_the_end() -> None:
    page = gzip.compress(b'<a href="../files/alpha-1.0-py3-none-any.whl">x</a>')

    def serve(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200 if handler.path == "/moved/alpha/" else 302)
        if handler.path != "/moved/alpha/":
            handler.send_header("Location", "/moved/alpha/")
            handler.end_headers()
            return
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(page)))
        handler.end_headers()
        handler.wfile.write(page)

    with serving(answering(serve)) as url:
        (file,) = read_pages(["alpha"], PackageIndexes(index_url=with_secret(url)))["alpha"]
    assert file.url == f"{url}/moved/files/alpha-1.0-py3-none-any.whl"
