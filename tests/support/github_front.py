"""One address with everything of a GitHub Enterprise: the API below `/api/v3`, git beside it.

The API is an emulated one (`github_emulated`), asked for all that it knows. What it lacks is done
here with real git and in GitHub's form: a fork gets the files of what it is a fork of, forking
again is 202 and names its parent, `merge-upstream` moves the fork's branch, commits ahead are
counted, gists are kept. Pushes need the token.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from benchmarks.finding.site.loopback import Loopback, Reply, Request, serve
from tests.support.git_repos import Origin, make_fork
from tests.support.git_server import GitServer, serve_git
from tests.support.github_emulated import Emulated

API = "/api/v3"
_HOP = {"transfer-encoding", "connection", "content-length", "content-encoding", "keep-alive"}


@dataclass
class Front:
    """What is served.

    Attributes:
        root: bare repositories by `owner/name`.
        login, token: of the user.
        gists: as they were posted.
    """

    server: Loopback
    emulated: Emulated
    root: Path
    login: str
    gists: list[dict[str, Any]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"{self.server.base_url}{API}"

    @property
    def token(self) -> str:
        return self.emulated.tokens[self.login]

    @property
    def asked(self) -> list[str]:
        """Method and path of each request to the API, in order."""
        found = (one for one in self.server.requests if one.path.startswith(API))
        return [f"{one.method} {one.path.removeprefix(API)}" for one in found]


@contextlib.contextmanager
def serve_front(emulated: Emulated, root: Path, login: str) -> Iterator[Front]:
    """Serve repositories and their API until the block ends."""
    made: list[Front] = []
    with serve_git(root, token=emulated.tokens[login]) as git:

        def begin(server: Loopback) -> Callable[[Request], Reply]:
            made.append(Front(server, emulated, root, login))
            return _Door(made[0], git)

        with serve(begin):
            yield made[0]


class _Door:
    def __init__(self, front: Front, git: GitServer) -> None:
        self._front, self._git = front, git
        self._parents: dict[tuple[str, str], object] = {}  # of forks, by what asks for these

    def __call__(self, request: Request) -> Reply:
        if request.path == "/api/graphql":
            return _json(404, {"message": "Not Found"})  # which GitHub Enterprise may not have
        if not request.path.startswith(API):
            writes = "git-receive-pack" in request.target
            return _forward(request, f"{self._git.url}{'/private' if writes else ''}", "")
        return self._api(request, request.path.removeprefix(API))

    def _api(self, request: Request, path: str) -> Reply:
        repository = path.split("/")[2:4]
        if (request.method, path) == ("POST", "/gists"):
            return self._gist(request)
        if path.endswith("/merge-upstream"):
            return self._merge(repository, request.json["branch"])
        if "/compare/" in path:
            return self._compare(repository, path.rpartition("/")[2])
        reply = _forward(request, self._front.emulated.base_url, API)
        if request.method == "POST" and path.endswith("/forks"):
            return self._forked(repository, reply)
        if (request.method, path) in self._parents:
            whole = {**json.loads(reply.body), "fork": True, "parent": self._parents["GET", path]}
            return self._ours(_json(200, whole))
        return self._ours(reply)

    def _ours(self, reply: Reply) -> Reply:
        there = self._front.emulated.base_url.encode()
        body = reply.body.replace(there, self._front.base_url.encode())
        return Reply(reply.status, reply.headers, body)

    def _forked(self, source: list[str], reply: Reply) -> Reply:
        name = f"{self._front.login}/{source[1]}"
        if reply.status == 422:  # there is one already
            found = self._front.emulated.api(self._front.login, "GET", f"/repos/{name}")
            return self._ours(_json(202, found))
        fork = self._front.root / name
        whole = self._front.emulated.api(self._front.login, "GET", f"/repos/{'/'.join(source)}")
        self._parents["GET", f"/repos/{name}"] = whole
        if reply.status == 202 and not fork.exists():
            fork.parent.mkdir(exist_ok=True)
            made = make_fork(fork, Origin(self._front.root / "/".join(source)))
            subprocess.run(["git", "config", "http.receivepack", "true"], cwd=made.path, check=True)
        return self._ours(reply)

    def _merge(self, fork: list[str], branch: str) -> Reply:
        folder = self._front.root / "/".join(fork)
        (source,) = (one for one in self._front.root.glob(f"*/{fork[1]}") if one != folder)
        words = ["git", "fetch", "--quiet", str(source), f"refs/heads/{branch}:refs/heads/{branch}"]
        done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
        if done.returncode:
            return _json(409, {"message": "There are merge conflicts"})
        return _json(200, {"message": "fetched", "merge_type": "fast-forward",
                           "base_branch": f"upstream:{branch}"})  # fmt: skip

    def _compare(self, source: list[str], range_: str) -> Reply:
        base, _, head = range_.partition("...")
        owner, _, branch = head.partition(":")
        ours, theirs = (self._front.root / one / source[1] for one in (owner, source[0]))
        words = ["git", "fetch", "--quiet", str(theirs), f"refs/heads/{base}"]
        subprocess.run(words, cwd=ours, capture_output=True, check=True)
        words = ["git", "rev-list", "--count", f"FETCH_HEAD..refs/heads/{branch}"]
        counted = subprocess.run(words, cwd=ours, capture_output=True, check=True)
        return _json(200, {"ahead_by": int(counted.stdout)})

    def _gist(self, request: Request) -> Reply:
        self._front.gists.append(request.json)
        number = f"{len(self._front.gists):032x}"
        address = f"{self._front.server.base_url}/gist/{number}"
        return _json(201, {"id": number, "html_url": address, "url": address,
                           "public": request.json["public"], "files": {}})  # fmt: skip


def _forward(request: Request, upstream: str, prefix: str) -> Reply:
    headers = {name: value for name, value in request.headers.items() if name != "host"}
    answer = requests.request(
        request.method,
        upstream + request.target.removeprefix(prefix),
        data=request.body,
        headers=headers,
        timeout=60,
        allow_redirects=False,
    )
    told = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
    return Reply(answer.status_code, told, answer.content)


def _json(status: int, value: object) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(value).encode())
