"""Pull requests and gists: what is asked for by name, and leaves this machine for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sandbox.errors import InputError, RefusedError
from sandbox.github.site import Site

if TYPE_CHECKING:
    from github.PullRequest import PullRequest

MOST_BYTES = 10 * 2**20
"""Of all files of a gist together; GitHub shows less of larger ones, and refuses some."""


@dataclass(frozen=True)
class Proposal:
    """A pull request to be.

    Attributes:
        upstream: `owner/name` that is asked to take it.
        base: branch there; None = its default one.
        head: `owner:branch` that holds the change.
        body: Markdown.
    """

    upstream: str
    base: str | None
    head: str
    title: str
    body: str


def propose(site: Site, proposal: Proposal) -> str:
    """Opens a draft pull request; returns its address, or that of the open one for this branch.

    Raises:
        InputError: no token, or GitHub sees nothing to propose.
        RefusedError: the token may not, or the repository takes none.
    """
    upstream = site.call(proposal.upstream, lambda: site.github().get_repo(proposal.upstream))
    base = proposal.base or upstream.default_branch
    there: list[PullRequest] = site.call(
        "pull requests",
        lambda: list(islice(upstream.get_pulls(state="open", head=proposal.head, base=base), 10)),
    )
    owner, _, branch = proposal.head.partition(":")
    ours = [one for one in there if (one.head.user.login, one.head.ref) == (owner, branch)]
    if ours:
        return str(ours[0].html_url)
    made = site.call(
        f"a pull request to {proposal.upstream}",
        lambda: upstream.create_pull(
            base=base,
            head=proposal.head,
            title=proposal.title,
            body=proposal.body,
            draft=True,
        ),
    )
    return str(made.html_url)


def create_gist(site: Site, files: Mapping[str, str], description: str) -> str:
    """Makes a gist that only who has its address sees; returns the address.

    Args:
        files: name → text; none of them empty.

    Raises:
        InputError: no token, or nothing to publish.
        RefusedError: more than `MOST_BYTES`, or the token may not.
    """
    from github import InputFileContent

    size = sum(len(text.encode("utf-8", "replace")) for text in files.values())
    if size > MOST_BYTES:
        raise RefusedError(
            f"{size / 2**20:.0f} MiB are too much for a gist ({MOST_BYTES >> 20} MiB at most)",
            hint="pictures in the notebook are the largest part; publish the branch alone",
        )
    contents = {name: InputFileContent(text) for name, text in files.items() if text.strip()}
    if not contents:
        raise InputError("there is nothing to put into a gist")
    user = site.call("your account", site.github().get_user)
    made = site.call(
        "a gist", lambda: user.create_gist(public=False, files=contents, description=description)
    )
    return str(made.html_url)
