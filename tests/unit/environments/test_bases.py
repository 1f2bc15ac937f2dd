from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.environments import ensure_base
from sandbox.errors import EngineError
from sandbox.interfaces import Step, StepResult, Workbench


class Shelf(Workbench):
    """Keeps what it is given; every key in `known` is there from the start."""

    store = "/store"
    identity = "shelf"

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.pulled: list[Path | str] = []

    def find_base(self, key: str) -> str | None:
        return "made before" if self.full and "-made-" in key else None

    def add_base(self, key: str, source: Path | str) -> str:
        self.pulled.append(source)
        return "pulled"

    def run(self, step: Step) -> StepResult:
        raise NotImplementedError


class _Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/v2/" else 404)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def registry() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Registry) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_registry_that_answers_is_asked_for_the_slim_image(registry: str, tmp_path: Path) -> None:
    shelf = Shelf()
    assert ensure_base(shelf, python="3.9", cache=tmp_path, registry=registry) == "pulled"
    assert shelf.pulled == [f"{registry}/python:3.9-slim"]


def test_an_image_of_ones_own_comes_before_one_that_was_made_here(
    registry: str, tmp_path: Path
) -> None:
    shelf = Shelf(full=True)
    own = "team/py:{python}"
    options = {"python": "3.9", "cache": tmp_path, "registry": registry}
    assert ensure_base(shelf, **options) == "made before"  # type: ignore[arg-type]
    assert ensure_base(shelf, image=own, **options) == "pulled"  # type: ignore[arg-type]
    assert shelf.pulled == [f"{registry}/team/py:3.9"]


def test_an_image_that_cannot_be_pulled_is_told(tmp_path: Path) -> None:
    said: list[str] = []
    options = {"cache": tmp_path, "registry": "127.0.0.1:9", "on_line": said.append}
    found = ensure_base(Shelf(full=True), python="3.9", image="team/py", **options)  # type: ignore[arg-type]
    assert found == "made before"
    assert said == ["base image: team/py is not used, no registry answers"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may install packages")
def test_a_tool_that_cannot_be_installed_is_told_with_apts_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "apt-get"
    program.write_text('#!/bin/sh\necho "E: dpkg was interrupted"; exit 100\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="mmdebstrap cannot be installed: E: dpkg was inter"):
        ensure_base(Shelf(), python="3.11", cache=tmp_path, registry="127.0.0.1:9")
