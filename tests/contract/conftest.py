"""Both engines, and one Session of each that most tests share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from sandbox.engines.local import LocalEngine
from sandbox.interfaces import Engine, Session, SessionSpec

ENGINES = [
    pytest.param("local", id="local"),
    pytest.param("docker", id="docker", marks=pytest.mark.docker),
]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    if request.param == "local":
        return LocalEngine(tmp_path_factory.mktemp("store"))
    docker: Engine = request.getfixturevalue("docker_engine")
    return docker


@pytest.fixture(scope="module")
def spec(request: pytest.FixtureRequest, engine: Engine) -> SessionSpec:
    if engine.name == "local":
        return SessionSpec(base="", python=sys.executable)
    return SessionSpec(base=request.getfixturevalue("base_image"), python="python3")


@pytest.fixture(scope="module")
def _shared(engine: Engine, spec: SessionSpec) -> Iterator[Callable[[], Session]]:
    opened: list[Session] = []

    def current() -> Session:
        if not opened or opened[-1].closed:
            opened.append(engine.open_session(spec))
        return opened[-1]

    yield current
    for session in opened:
        session.close()


@pytest.fixture
def session(_shared: Callable[[], Session]) -> Iterator[Session]:
    """The Session of this file; a test that uses it leaves it usable."""
    session = _shared()
    yield session
    assert not session.closed


@pytest.fixture
def own_session(engine: Engine, spec: SessionSpec) -> Iterator[Session]:
    """A Session that the test may end."""
    with engine.open_session(spec) as session:
        yield session
