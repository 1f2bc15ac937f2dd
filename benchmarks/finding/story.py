"""What GitHub's part of the whole way takes: find, fork, push's account, proposal, gist, update.

The API is the emulated one of the tests, with what it lacks done by real git; each step is a Site
of its own, as each is a command.
"""

from __future__ import annotations

import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import github
from tests.support.git_repos import make_origin
from tests.support.github_emulated import EmulatedRepo, emulate_github
from tests.support.github_front import Front, serve_front

FILES = {"train.py": "print('score:', 0.4)\n", "README.md": "# digits\n"}


def measure(packages: Path) -> list[tuple[str, int, float]]:
    """Step, calls, seconds.

    Args:
        packages: `node_modules`.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        make_origin(place / "served" / "ana" / "digits", FILES)
        (place / "emulated").mkdir()
        repo = EmulatedRepo("ana", "digits", FILES, "handwritten digits", "Python")
        with (
            emulate_github(packages, place / "emulated", repo, users=("me",)) as emulated,
            serve_front(emulated, place / "served", "me") as front,
        ):
            return [_timed(front, place, name, act) for name, act in _STEPS.items()]


_STEPS: dict[str, Callable[[github.Site], object]] = {
    "find": lambda site: github.find(site, github.Wanted("handwritten digits")),
    "fork": lambda site: github.fork(site, "ana/digits"),
    "publish: account": github.account,
    "publish: pull request": lambda site: github.propose(
        site, github.Proposal("ana/digits", "main", "me:main", "a title", "a body")
    ),
    "publish: gist": lambda site: github.create_gist(site, {"report.md": "text"}, "about"),
    "sync": lambda site: github.merge_upstream(site, "me/digits", "main"),
}


def _timed(
    front: Front, place: Path, name: str, act: Callable[[github.Site], object]
) -> tuple[str, int, float]:
    site = github.Site(
        github.Access(
            front.base_url,
            front.server.base_url,
            token=lambda: github.Token(front.token),
            answers=functools.partial(github.Answers, place / "answers", front.base_url),
        )
    )
    begun = time.perf_counter()
    try:
        act(site)
    finally:
        site.close()
    return name, site.calls, time.perf_counter() - begun
