"""Repositories and their files in the JSON of GitHub's REST API."""

from __future__ import annotations

import base64
from typing import Any

from .repositories import Entry, Head, Metadata, Repository

Payload = dict[str, Any]
LARGEST_CONTENT = 1_000_000  # beyond, GitHub says the size and leaves the content out

LINKS = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}
OF_OWNER = {
    "followers": "",
    "following": "{/other_user}",
    "gists": "{/gist_id}",
    "starred": "{/owner}{/repo}",
    "subscriptions": "",
    "organizations": "",
    "repos": "",
    "events": "{/privacy}",
    "received_events": "",
}


class Payloads:
    """Made for a site at `base_url`, which the addresses in them name."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def found(self, metadata: Metadata, number: int) -> Payload:
        """A repository as a search result."""
        return {**self._repository(metadata, number), "score": 1.0}

    def full(self, metadata: Metadata, number: int) -> Payload:
        """A repository as it is asked for by name."""
        counts = {"subscribers_count": metadata.stars, "network_count": metadata.forks}
        return {**self._repository(metadata, number), **counts, "temp_clone_token": None}

    def minimal(self, metadata: Metadata, number: int) -> Payload:
        """A repository beside something else that was found."""
        named = ("name", "full_name", "private", "html_url", "description", "fork", "url", "owner")
        whole = self._repository(metadata, number)
        kept = {name for name in whole if name in named or name.endswith("_url")}
        return {"id": number, "node_id": whole["node_id"], **{name: whole[name] for name in kept}}

    def user(self, login: str) -> Payload:
        """Someone who owns repositories."""
        address = f"{self._base_url}/users/{login}"
        links = {f"{name}_url": f"{address}/{name}{rest}" for name, rest in OF_OWNER.items()}
        return {
            "login": login,
            "id": 1 + sum(login.encode()),
            "node_id": f"U_{login}",
            "avatar_url": f"https://avatars.githubusercontent.com/{login}",
            "gravatar_id": "",
            "url": address,
            "html_url": f"https://github.com/{login}",
            **links,
            "type": "User",
            "site_admin": False,
        }

    def tree(self, metadata: Metadata, head: Head, folder: Entry, *, recursive: bool) -> Payload:
        """A folder; paths are said from it."""
        start = f"{folder.path}/" if folder.path else ""
        entries = head.entries if recursive else head.inside(folder.path)
        git = f"{self._base_url}/repos/{metadata.full_name}/git"
        shown = [
            {
                "path": entry.path.removeprefix(start),
                "mode": entry.mode,
                "type": entry.kind,
                "sha": entry.sha,
                **({"size": entry.size} if entry.kind == "blob" else {}),
                "url": f"{git}/{entry.kind}s/{entry.sha}",
            }
            for entry in entries
            if entry.path.startswith(start)
        ]
        address = f"{git}/trees/{folder.sha}"
        return {"sha": folder.sha, "url": address, "tree": shown, "truncated": False}

    def content(self, repository: Repository, entry: Entry) -> Payload:
        """A file with what is in it."""
        raw = repository.blob(entry.sha) if entry.size <= LARGEST_CONTENT else b""
        encoding = "base64" if entry.size <= LARGEST_CONTENT else "none"
        text = base64.encodebytes(raw).decode()
        return {**self.listed(repository, entry), "content": text, "encoding": encoding}

    def listed(self, repository: Repository, entry: Entry) -> Payload:
        """A file or a folder as one of many."""
        metadata = repository.metadata()
        name, path, branch = metadata.full_name, entry.path, metadata.branch
        kind = {"blob": "file", "tree": "dir", "commit": "submodule"}[entry.kind]
        address = f"{self._base_url}/repos/{name}/contents/{path}?ref={branch}"
        git = f"{self._base_url}/repos/{name}/git/{entry.kind}s/{entry.sha}"
        page = f"https://github.com/{name}/{entry.kind}/{branch}/{path}"
        raw = f"https://raw.githubusercontent.com/{name}/{branch}/{path}"
        return {
            "name": entry.name,
            "path": path,
            "sha": entry.sha,
            "size": entry.size,
            "url": address,
            "html_url": page,
            "git_url": git,
            "download_url": raw if kind == "file" else None,
            "type": kind,
            "_links": {"self": address, "git": git, "html": page},
        }

    def code(self, repository: Repository, number: int, entry: Entry) -> Payload:
        """A file that a search for code found."""
        listed = self.listed(repository, entry)
        kept = ("name", "path", "sha", "url", "git_url", "html_url")
        minimal = self.minimal(repository.metadata(), number)
        return {**{name: listed[name] for name in kept}, "repository": minimal, "score": 1.0}

    def license(self, metadata: Metadata) -> Payload | None:
        if metadata.license_id is None:
            return None
        key = metadata.license_id.lower()
        return {
            "key": key,
            "name": metadata.license_id,
            "spdx_id": metadata.license_id,
            "url": f"{self._base_url}/licenses/{key}",
            "node_id": f"LIC_{key}",
        }

    def _repository(self, metadata: Metadata, number: int) -> Payload:
        address = f"{self._base_url}/repos/{metadata.full_name}"
        return {
            "id": number,
            "node_id": f"R_{number}",
            "name": metadata.name,
            "full_name": metadata.full_name,
            "private": False,
            "owner": self.user(metadata.owner),
            "description": metadata.description,
            "fork": metadata.is_fork,
            "url": address,
            **_links(address),
            **_pages(metadata),
            **_counts(metadata),
            **_switches(metadata),
            "language": metadata.language,
            "license": self.license(metadata),
            "topics": list(metadata.topics),
            "visibility": "public",
            "default_branch": metadata.branch,
            "created_at": metadata.created_at,
            "updated_at": metadata.pushed_at,
            "pushed_at": metadata.pushed_at,
        }


def _links(address: str) -> Payload:
    return {f"{name}_url": f"{address}/{rest}" for name, rest in LINKS.items()}


def _pages(metadata: Metadata) -> Payload:
    page = f"https://github.com/{metadata.full_name}"
    return {
        "html_url": page,
        "git_url": f"git://github.com/{metadata.full_name}.git",
        "ssh_url": f"git@github.com:{metadata.full_name}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "mirror_url": None,
        "homepage": None,
    }


def _counts(metadata: Metadata) -> Payload:
    return {
        "size": metadata.size_kb,
        "stargazers_count": metadata.stars,
        "watchers_count": metadata.stars,
        "watchers": metadata.stars,
        "forks_count": metadata.forks,
        "forks": metadata.forks,
        "open_issues_count": 0,
        "open_issues": 0,
    }


def _switches(metadata: Metadata) -> Payload:
    names = ("issues", "projects", "wiki", "downloads", "discussions")
    return {
        **{f"has_{name}": True for name in names},
        "has_pages": False,
        "archived": metadata.is_archived,
        "disabled": False,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
    }
