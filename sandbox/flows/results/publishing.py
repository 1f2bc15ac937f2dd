"""From a run to a branch of the user's fork, a pull request, a gist; shown before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sandbox import checkouts, github
from sandbox.domain import Repo, Workspace
from sandbox.errors import InputError, RefusedError, SandboxError
from sandbox.flows.context import Context
from sandbox.flows.repositories import opening
from sandbox.flows.repositories.finding import open_site
from sandbox.flows.repositories.forking import name_on_github
from sandbox.flows.results import retrieving
from sandbox.foreign import listed

NOTEBOOK = "notebook.ipynb"
REPORT = "report.md"


@dataclass(frozen=True)
class Wish:
    """What is to be published of a run; of neither, a branch of the fork.

    Attributes:
        pull_request: a draft, at the repository that was forked, besides the branch.
        gist: the executed notebook and a report, instead of the branch.
        despite_secrets: what looks like a secret is known not to be one.
    """

    pull_request: bool = False
    gist: bool = False
    despite_secrets: bool = False

    @property
    def pushes(self) -> bool:
        return self.pull_request or not self.gist


@dataclass(frozen=True)
class Publication:
    """Everything that would leave this machine, or has left it.

    Attributes:
        title, message, body: of the commit, whose first line is the title; and as Markdown.
        remote, branch: where the commit goes; None = none is pushed.
        files: paths that the commit changes.
        patch: the change itself; files that are no text are in it as git writes them.
        upstream, base: `owner/name` that is asked to take it, None = nobody; and its branch.
        gist: name → text.
        secrets: what looks like one.
        urls: `branch`, `pull_request`, `gist` → address; empty = nothing has left.
    """

    title: str
    message: str
    body: str
    remote: str | None = None
    branch: str | None = None
    files: tuple[str, ...] = ()
    patch: str = ""
    upstream: str | None = None
    base: str | None = None
    gist: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[github.Secret, ...] = ()
    urls: Mapping[str, str] = field(default_factory=dict)


def publish(context: Context, words: str, wish: Wish, *, dry_run: bool = False) -> Publication:
    """Publishes a run.

    Args:
        words: as `retrieving.find_run` takes them.
        dry_run: says what would leave, and sends nothing.

    Raises:
        InputError: no such run, it changed nothing, no token, no fork, or no notebook is kept.
        RefusedError: something looks like a secret, or GitHub refuses.
    """
    found = retrieving.find_run(context, words)
    planned = _plan(context, found, wish)
    if dry_run:
        return planned
    if planned.secrets and not wish.despite_secrets:
        lines = listed([str(one) for one in planned.secrets], 3)
        raise RefusedError(
            f"{len(planned.secrets)} lines look like secrets: {lines}",
            hint="look at them with --dry-run; if they are none: --despite-secrets",
        )
    return _send(context, found, planned)


# ---------------------------------------------------------------- what would leave


def _plan(context: Context, found: retrieving.Found, wish: Wish) -> Publication:
    workspace, pair = found.workspace, (found.sweep.commit, found.run.commit)
    added = checkouts.changed_lines(workspace, *pair)
    patch = checkouts.diff(workspace, *(checkouts.tree_of(workspace, one) for one in pair))
    if not found.run.tweaks and not patch:
        raise InputError(
            f"{found.name} changed nothing, so there is nothing to publish",
            hint="name another run; list them with: sandbox compare",
        )
    remote = _remote(context, workspace) if wish.pushes else None
    told = _told(context, found, tuple(added), remote)
    planned = Publication(
        github.title_of(told),
        github.commit_message(told),
        github.body_of(told),
        files=tuple(added),
        patch=patch,
    )
    if remote:
        planned = replace(planned, remote=remote, branch=told.branch)
    if wish.pull_request:
        upstream = checkouts.remote_url(workspace, "upstream") or workspace.repo.source
        name = name_on_github(context, Repo(upstream, workspace.name))
        planned = replace(planned, upstream=name, base=checkouts.followed_branch(workspace))
    if wish.gist:
        planned = replace(planned, gist=_gist(context, found, planned))
    return replace(planned, secrets=_secrets(context, planned, added))


def _told(
    context: Context, found: retrieving.Found, files: tuple[str, ...], remote: str | None
) -> github.Told:
    """The run as others are told of it; a folder's path is nobody's business."""
    repo = found.workspace.repo
    upstream = found.workspace.name if repo.is_folder else repo.full_name or repo.source
    baseline = retrieving.baseline_or_none(context, found)
    return github.Told(
        run=found.run,
        sweep=found.sweep,
        upstream=upstream,
        commit=found.sweep.commit,
        files=files,
        fork=remote,
        baseline=baseline.run if baseline else None,
    )


def _remote(context: Context, workspace: Workspace) -> str:
    origin = checkouts.remote_url(workspace, "origin")
    upstream = checkouts.remote_url(workspace, "upstream")
    if origin is None or upstream is None:
        raise InputError(
            f"workspace {workspace.name} has no fork to push to",
            hint=f"make one: sandbox open {workspace.name} --fork; or publish as --gist",
        )
    name_on_github(context, Repo(origin, workspace.name))
    return origin


def _gist(context: Context, found: retrieving.Found, planned: Publication) -> dict[str, str]:
    notebook = retrieving.kept_file(context, found, NOTEBOOK)
    if notebook is None:
        raise InputError(
            f"the executed notebook of {found.name} is not kept here, or is too large",
            hint="run it again, or publish the branch alone",
        )
    files = {NOTEBOOK: notebook, REPORT: f"# {planned.title}\n\n{planned.body}"}
    return {**files, github.PATCH: planned.patch} if planned.patch else files


def _secrets(
    context: Context, planned: Publication, added: Mapping[str, str]
) -> tuple[github.Secret, ...]:
    """In what is added and said; what was there before, or is taken away, is no news."""
    said = {"the message": f"{planned.message}\n{planned.body}\n{planned.branch or ''}"}
    said["the names of files"] = "\n".join(added)
    gist = {name: text for name, text in planned.gist.items() if name != github.PATCH}
    token = context.token()
    own = (token.text,) if token else ()
    return github.find_secrets({**added, **said, **gist}, context.environ, own=own)


# ---------------------------------------------------------------- leaving


def _send(context: Context, found: retrieving.Found, planned: Publication) -> Publication:
    site, urls = open_site(context), dict[str, str]()
    try:
        who = github.account(site)
        if planned.remote and planned.branch:
            urls["branch"] = _push(context, found, planned, who)
        if planned.upstream:
            urls["pull_request"] = github.propose(site, _proposal(context, planned))
        if planned.gist:
            urls["gist"] = github.create_gist(site, planned.gist, planned.title)
    except SandboxError as error:
        if not urls:
            raise
        done = ", ".join(f"the {what.replace('_', ' ')} is at {url}" for what, url in urls.items())
        message = f"{error.message}; before that all went well: {done}"
        raise type(error)(message, hint=error.hint, **error.facts) from error
    finally:
        site.close()
        if urls:
            said = (f"{what.replace('_', ' ')} {url}" for what, url in urls.items())
            retrieving.remember(context, found, "published", ", ".join(said))
    return replace(planned, urls=urls)


def _push(
    context: Context, found: retrieving.Found, planned: Publication, who: github.Account
) -> str:
    commit = checkouts.commit_for_others(
        found.workspace,
        tree_of_commit=found.run.commit,
        parent=found.sweep.commit,
        message=planned.message,
        author=checkouts.Person(who.name, who.email),
        at_s=found.run.started_at,
    )
    remote, branch = planned.remote or "", planned.branch or ""
    options = opening.clone_options(context, Repo(remote, ""))
    owner = name_on_github(context, Repo(remote, "")).partition("/")[0]
    if owner.lower() != who.login.lower():
        raise RefusedError(
            f"the remote origin is {owner}'s, and you are {who.login}: nothing is pushed there",
            hint=f"make a fork of yours: sandbox open {found.workspace.name} --fork",
        )
    checkouts.push(found.workspace, url=remote, commit=commit, branch=branch, options=options)
    return f"{remote.removesuffix('.git')}/tree/{branch}"


def _proposal(context: Context, planned: Publication) -> github.Proposal:
    fork = name_on_github(context, Repo(planned.remote or "", ""))
    return github.Proposal(
        upstream=planned.upstream or "",
        base=planned.base,
        head=f"{fork.partition('/')[0]}:{planned.branch}",
        title=planned.title,
        body=planned.body,
    )
