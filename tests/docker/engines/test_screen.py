"""Programs that open windows, in containers: a real Xvfb of Debian's in a base derived for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.engines.docker import DockerEngine
from sandbox.environments.checking.importing import under_a_screen
from sandbox.interfaces import Derivation, Session, SessionSpec, Step
from tests.support.sessions import Seen, script

pytestmark = pytest.mark.slow

PYTHON = "/usr/bin/python3"
SHAKE_HANDS = """
import os, socket, struct

display = os.environ.get("DISPLAY", "none")
if display == "none":
    raise SystemExit("there is no display")
with socket.socket(socket.AF_UNIX) as server:
    server.connect("\\0/tmp/.X11-unix/X" + display.strip(":"))
    server.sendall(b"l\\0" + struct.pack("<HHHHH", 11, 0, 0, 0, 0))
    print("welcome" if server.recv(1) == b"\\1" else "refused", os.listdir("/tmp"))
"""
"""An X11 client's first words, and the server's answer: 1 = it may come in."""


@pytest.fixture(scope="module")
def base_with_screen(docker_engine: DockerEngine, base_image: str) -> Iterator[str]:
    workbench = docker_engine.workbench()
    image = workbench.add_base("screen", Derivation(base_image, ("xvfb",)))
    yield image
    for tag in docker_engine.client.images.get(image).tags:
        docker_engine.client.images.remove(tag)


@pytest.fixture
def session(docker_engine: DockerEngine, base_with_screen: str) -> Iterator[Session]:
    with docker_engine.open_session(SessionSpec(base_with_screen, PYTHON)) as session:
        yield session


def told(seen: Seen) -> str:
    return seen.text("stdout", "stderr")


def test_each_variant_finds_a_screen_and_no_file_of_it(session: Session) -> None:
    for _ in range(3):
        assert told(script(session, SHAKE_HANDS)) == "welcome []\n"


def test_without_xvfb_there_is_none(docker_engine: DockerEngine, base_image: str) -> None:
    with docker_engine.open_session(SessionSpec(base_image, PYTHON)) as session:
        assert "there is no display" in told(script(session, SHAKE_HANDS))


def test_a_variant_that_ends_the_screen_ends_its_own_only(session: Session) -> None:
    end = """
import os, pathlib
for comm in pathlib.Path("/proc").glob("[0-9]*/comm"):
    if "Xvfb" in comm.read_text():
        os.kill(int(comm.parent.name), 9)
        print("ended")
"""
    assert told(script(session, end)) == "ended\n"
    assert told(script(session, SHAKE_HANDS)) == "welcome []\n"


def test_imports_are_tried_under_a_screen(
    docker_engine: DockerEngine, base_with_screen: str, base_image: str
) -> None:
    workbench = docker_engine.workbench()
    command = under_a_screen(PYTHON, PYTHON, "-c", SHAKE_HANDS)

    def said(base: str) -> str:
        return workbench.run(Step(base, command, stdin=(b"\n",))).output

    assert said(base_with_screen) == "welcome []\n"
    assert "there is no display" in said(base_image)
