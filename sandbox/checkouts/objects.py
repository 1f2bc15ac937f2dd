"""Reads and writes git objects of a clone, and nothing of its working tree or index.

GitPython's door: it reads and writes objects; the process it starts gets our own environment.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, TYPE_CHECKING, Any

from sandbox.checkouts.process import CHUNK, git_environment, run_git, start_git
from sandbox.errors import RefusedError, StoreError
from sandbox.files import write_text
from sandbox.foreign import printable

if TYPE_CHECKING:
    import git

    ObjectDatabase = git.GitCmdObjectDB

REGULAR, EXECUTABLE, LINK, SUBMODULE, FOLDER = "100644", "100755", "120000", "160000", "040000"


@dataclass(frozen=True)
class TreeEntry:
    """One file, link or submodule of a tree; bytes that are not UTF-8 are surrogates in `path`.

    Attributes:
        mode: as git writes it; see the constants above.
        size: bytes; 0 for a submodule.
    """

    path: str
    mode: str
    sha: str
    size: int

    @property
    def is_file(self) -> bool:
        return self.mode not in (LINK, SUBMODULE)


def local_git(
    repo: Path,
    *arguments: str,
    stdin: bytes | None = None,
    variables: Mapping[str, str] | None = None,
) -> bytes:
    """The output of a git that works on the clone `repo` alone.

    Raises:
        StoreError: it failed, so the clone is damaged or the disk is full.
    """
    environment = local_environment(repo, variables)
    result = run_git(arguments, cwd=repo, environment=environment, stdin=stdin)
    if result.exit_code:
        lines = result.stderr.strip().splitlines() or ["git failed without a word"]
        raise StoreError(
            f"git {arguments[0]} failed in {repo}: {printable(lines[-1])[:300]}",
            hint="is the disk full? else remove the workspace and open it again",
        )
    return result.stdout


def local_environment(repo: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """No search for a repository: the clone is named, so nothing in its tree can pose as one."""
    return git_environment(variables={"GIT_DIR": str(repo / ".git"), **(variables or {})})


def resolve_sha(repo: Path, revision: str) -> str:
    """The SHA of a revision that we wrote ourselves, such as `<sha>^{tree}`."""
    return local_git(repo, "rev-parse", "--verify", "--quiet", revision).decode().strip()


def list_entries(
    repo: Path, tree: str, *, max_files: int = 10**7, max_bytes: int = 2**62
) -> tuple[TreeEntry, ...]:
    """All files, links and submodules of a tree, sorted as `SourceTree.paths` wants it.

    Stops at the limits while git still lists: a few kilobytes of objects can hold 10^12 files.

    Raises:
        RefusedError: there are more files or bytes than that.
    """
    entries: list[TreeEntry] = []
    total = 0
    arguments = ("ls-tree", "-r", "-z", "-l", "--full-tree", tree)
    with start_git(arguments, cwd=repo, environment=local_environment(repo)) as process:
        for record in _records(_pipe(process.stdout)):
            entries.append(_parse_entry(record))
            total += entries[-1].size
            if len(entries) > max_files:
                raise RefusedError(
                    f"the tree holds more than {max_files} files", hint="raise the clone's limits"
                )
            if total > max_bytes:
                raise RefusedError(
                    f"the tree holds more than {max_bytes} bytes", hint="raise the clone's limits"
                )
        if process.wait():
            raise StoreError(f"git cannot list the tree {tree} in {repo}")
    return tuple(sorted(entries, key=lambda entry: entry.path))


@functools.lru_cache(2)
def listing_of(repo: Path, tree: str) -> tuple[TreeEntry, ...]:
    """As `list_entries` of a clone that is open already; remembered, for a tree never changes."""
    return list_entries(repo, tree)


def _records(stream: IO[bytes]) -> Iterator[bytes]:
    rest = b""
    while chunk := stream.read(65536):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole


def _parse_entry(record: bytes) -> TreeEntry:
    facts, _, path = record.partition(b"\t")
    mode, _, sha, size = facts.decode().split()
    return TreeEntry(
        path=path.decode("utf-8", "surrogateescape"),
        mode=mode,
        sha=sha,
        size=0 if size == "-" else int(size),
    )


def read_blobs(repo: Path, shas: Iterable[str]) -> Iterator[tuple[int, Iterator[bytes]]]:
    """Size and content, in chunks of at most 1 MiB, of each blob, through one process.

    Each content has to be read to its end before the next blob is asked for.
    """
    arguments = ("cat-file", "--batch")
    with start_git(arguments, cwd=repo, environment=local_environment(repo)) as process:
        asked, answer = _pipe(process.stdin), _pipe(process.stdout)
        for sha in shas:
            asked.write(f"{sha}\n".encode())
            asked.flush()
            header = answer.readline().split()
            if len(header) != 3:
                raise StoreError(f"the object {sha} is missing in {repo}", hint="open it again")
            size = int(header[2])
            yield size, _content(answer, size)
            answer.read(1)


def _content(stream: IO[bytes], size: int) -> Iterator[bytes]:
    left = size
    while left:
        chunk = stream.read(min(left, CHUNK))
        if not chunk:
            raise StoreError("git ended in the middle of an object", hint="is the disk damaged?")
        left -= len(chunk)
        yield chunk


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise StoreError("git was started without a pipe")
    return stream


@contextlib.contextmanager
def open_objects(repo: Path) -> Iterator[ObjectDatabase]:
    """The clone's objects as GitPython sees them; its process is gone when the block ends.

    Not `git.Repo`: it takes `GIT_OBJECT_DIRECTORY` and its like from the host's environment.
    """
    import git

    talker = _git_class()(str(repo))
    try:
        yield git.GitCmdObjectDB(str(repo / ".git" / "objects"), talker)
    finally:
        talker.clear_cache()


@functools.cache
def _git_class() -> type[git.Git]:
    """GitPython hands the whole host environment to git; this one does not."""
    import git

    class CleanGit(git.Git):
        def execute(  # type: ignore[override]
            self, command: Any, istream: Any = None, **_: Any
        ) -> Any:
            """Only what the object database asks for: a process to talk to."""
            where = Path(self.working_dir or ".")
            process = Popen(
                command,
                cwd=where,
                env=local_environment(where),
                stdin=istream or DEVNULL,
                stdout=PIPE,
                stderr=DEVNULL,
            )
            return self.AutoInterrupt(process, command)

    return CleanGit


def read_object(database: ObjectDatabase, sha: str) -> bytes:
    """The content of one small object, a tree or a commit."""
    return bytes(database.stream(bytes.fromhex(sha)).read())


@functools.lru_cache(256)
def read_tree(repo: Path, sha: str) -> bytes:
    """One level of a tree; remembered, for variants differ in few of them."""
    with open_objects(repo) as database:
        return read_object(database, sha)


def write_object(
    database: ObjectDatabase, kind: str, data: bytes | IO[bytes], size: int | None = None
) -> str:
    """Store an object, written beside and renamed, without starting a process; its SHA.

    Raises:
        StoreError: the disk is full, or the repository cannot be written to.
    """
    import gitdb  # type: ignore[import-untyped]  # GitPython's object layer

    length = len(data) if isinstance(data, bytes) else size
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    try:
        stored = gitdb.LooseObjectDB.store(database, gitdb.IStream(kind, length, stream))
    except OSError as error:
        raise _unwritable(error) from error
    return bytes(stored.binsha).hex()


def change_refs(repo: Path, words: Sequence[str]) -> None:
    """Change several refs in one transaction.

    Args:
        words: as `git update-ref -z --stdin` reads them; `update_word` makes the common one.

    Raises:
        StoreError: one of them was changed by another process meanwhile; none is changed then.
    """
    if words:
        stdin = "".join(words).encode("utf-8", "surrogateescape")
        local_git(repo, "update-ref", "-z", "--stdin", stdin=stdin)


def update_word(name: str, sha: str, old: str = "") -> str:
    """A ref to its new SHA; where the old one is given, only from that."""
    return f"update {name}\0{sha}\0{old}\0"


def write_ref(repo: Path, name: str, sha: str) -> None:
    """A ref that never changes once it is there; written as git does, without starting it.

    Raises:
        StoreError: the disk is full, or the repository cannot be written to.
    """
    path = repo / ".git" / name
    try:
        if not path.is_file():
            write_text(path, f"{sha}\n", safely=True)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> StoreError:
    return StoreError(
        f"a variant cannot be written: {error.strerror or error}",
        hint="make room on the disk, or choose another folder with SANDBOX_HOME",
    )


def stack_commit(repo: Path, parent: str, tree: str, message: str) -> str:
    """A commit of `tree` on `parent`, with its author and dates: the same whenever it is made."""
    with open_objects(repo) as database:
        lines = read_object(database, parent).split(b"\n")
        people = [line for line in lines if line.startswith((b"author ", b"committer "))][:2]
        head = [f"tree {tree}".encode(), f"parent {parent}".encode(), *people]
        text = b"\n".join([*head, b"", message.encode(), b""])
        return write_object(database, "commit", text)
