"""GitHub's REST API with state, out of npm's `emulate`: what is posted is there afterwards.

As GitHub does it: repositories, contents, trees (recursive too), blobs, commits and refs, read and
written; README and languages; forks, listed and made, with `name`; draft pull requests out of a
fork; topics; code search; who may write where (403); missing things (404); `X-RateLimit-*`.

Otherwise than GitHub does it:

- not there (404): `license`, gists, `merge-upstream`, GraphQL;
- a token it does not know speaks for the first user of the seed, instead of 401;
- a fork is not given its parent's files but a README of its own, and says neither `parent` nor
  `source`; forking again is 422, not 202 with the fork there is; so is forking one's own;
  a fork that is asked for without a body is 400;
- a pull request is made of a branch that does not exist, and twice of the same;
- search knows words, `topic:`, `language:`, `pushed:`, `size:`, `archived:`, `stars:`, `license:`,
  but neither a README's words nor `OR`; it counts against no limit of its own;
- no ETags, so nothing is ever 304; stars, licences and files cannot be seeded;
- a repository lacks `subscribers_count` and `network_count`, a search result its `score`;
- sizes are bytes, and `language` is what the seed says.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.node_servers import free_port, run_node

LIMIT_S = 60


@dataclass(frozen=True)
class EmulatedRepo:
    """A repository that is there from the start.

    Attributes:
        files: path to text, the whole tree of `main`; none: a README alone.
    """

    owner: str
    name: str
    files: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    language: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Emulated:
    """An emulated GitHub that runs.

    Attributes:
        tokens: login to the token that speaks for that user.
    """

    base_url: str
    tokens: Mapping[str, str]

    def api(self, login: str, method: str, path: str, **json_body: object) -> Any:
        """Ask as `login`; what is not a success raises `requests.HTTPError`."""
        headers = {"Authorization": f"Bearer {self.tokens[login]}"}
        answer = requests.request(
            method, self.base_url + path, json=json_body or None, headers=headers, timeout=30
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextlib.contextmanager
def emulate_github(
    packages: Path, folder: Path, *repos: EmulatedRepo, users: tuple[str, ...] = ()
) -> Iterator[Emulated]:
    """A GitHub of its own, forgotten when the block ends.

    Args:
        packages: `node_modules`.
        folder: an empty one, for its configuration and what it prints.
        users: logins besides the owners of repositories; each gets a token.
    """
    logins = sorted({*users, *(repo.owner for repo in repos)})
    tokens = {login: f"token-of-{login}" for login in logins}
    seed = folder / "seed.json"
    seed.write_text(json.dumps(_seed(repos, tokens)), encoding="utf-8")
    port = free_port()
    script = str(packages / "emulate" / "dist" / "index.js")
    options = ["--service", "github", "--host", "127.0.0.1", "--seed", str(seed)]
    address = f"http://127.0.0.1:{port}"
    words = [script, "start", *options, "--port", str(port), "--base-url", address]
    with run_node(words, port=port, folder=folder, limit_s=LIMIT_S):
        emulated = Emulated(address, tokens)
        for repo in repos:
            _commit(emulated, repo)
        yield emulated


def _seed(repos: tuple[EmulatedRepo, ...], tokens: Mapping[str, str]) -> dict[str, Any]:
    return {
        "tokens": {
            token: {"login": login, "scopes": ["repo", "user", "gist"]}
            for login, token in tokens.items()
        },
        "github": {
            "users": [{"login": login, "name": login} for login in tokens],
            "repos": [
                {
                    "owner": repo.owner,
                    "name": repo.name,
                    "description": repo.description,
                    "language": repo.language,
                    "topics": list(repo.topics),
                }
                for repo in repos
            ],
        },
    }


def _commit(emulated: Emulated, repo: EmulatedRepo) -> None:
    """The files in one commit by the Git data API, as the seed cannot hold files."""
    if not repo.files:
        return
    git = f"/repos/{repo.owner}/{repo.name}/git"
    head = emulated.api(repo.owner, "GET", f"{git}/ref/heads/main")["object"]["sha"]
    entries = [
        {"path": path, "mode": "100644", "type": "blob", "content": text}
        for path, text in repo.files.items()
    ]
    tree = emulated.api(repo.owner, "POST", f"{git}/trees", tree=entries)["sha"]
    commit = {"message": "Add files", "tree": tree, "parents": [head]}
    sha = emulated.api(repo.owner, "POST", f"{git}/commits", **commit)["sha"]
    emulated.api(repo.owner, "PATCH", f"{git}/refs/heads/main", sha=sha)
