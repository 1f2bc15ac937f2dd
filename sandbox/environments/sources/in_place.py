"""What a repository makes of itself: its own `setup.py`, run in quarantine, new modules kept."""

from __future__ import annotations

import posixpath
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from sandbox.domain import Requirements, digest
from sandbox.environments.code.import_statements import guess_imports
from sandbox.environments.code.local_modules import places
from sandbox.environments.code.own_builds import OwnBuild
from sandbox.environments.remembering import sha256_of
from sandbox.environments.resolving.sourcing import NotMade
from sandbox.environments.sources.accepting import accept_modules
from sandbox.environments.sources.archives import Contents
from sandbox.environments.sources.attempts import Attempts, NoCompiler
from sandbox.environments.sources.diagnosis import last_words, left_out, tail
from sandbox.environments.sources.making import WheelMaker
from sandbox.environments.sources.memory import (
    forget_reasons,
    has_reasons,
    recall_failure,
    recall_reasons,
    remember,
    remember_reasons,
)
from sandbox.environments.sources.needs import build_needs
from sandbox.environments.sources.quarantine import Cell, TooLargeError
from sandbox.environments.store.building import Build
from sandbox.environments.store.using import Use, use
from sandbox.interfaces import SourceTree, StepResult

_RULES = 5
"""Counts changes of building that make what is kept stale."""

_ARRIVING, _MADE = ".arriving-", "made-"
_COMPILED_AGAINST = ("numpy", "torch")  # also where that is found out only when it is tried
_TOOLS = frozenset({"cython", "ninja", "pip", "setuptools", "wheel"})
_READ = ("pyproject.toml", "setup.cfg", "setup.py")
_BUILT_FROM = (
    *(".asm", ".c", ".cc", ".cfg", ".cmake", ".cpp", ".cu", ".cuh", ".cxx", ".f", ".f90", ".f95"),
    *(".for", ".h", ".hh", ".hpp", ".hxx", ".i", ".in", ".inc", ".inl", ".ipp", ".l", ".m", ".mm"),
    *(".proto", ".pxd", ".pxi", ".pyf", ".pyx", ".s", ".src", ".tcc", ".template", ".toml", ".tpp"),
    *(".y", "/cmakelists.txt"),
)
"""Endings of files that decide what comes out, as far as one can know."""

_TEXTS = (".ipynb", ".md", ".rst")  # beside a `setup.py`, which at most describes itself by them


@dataclass(frozen=True)
class OwnTree:
    """A repository's files, to be built in.

    Attributes:
        open_tar: gives them as a tar stream.
        made_at: ISO 8601, of the commit.
    """

    files: SourceTree
    open_tar: Callable[[], Iterator[bytes]]
    made_at: str | None = None


@dataclass(frozen=True)
class MadeModules:
    """What a build has made, below `folder` as it lies in the tree; there while `use` lives.

    Attributes:
        lacking: those of the modules that it was to make and did not; `reasons`, where known.
        compiled: those of them that are libraries.
    """

    folder: Path
    key: str
    lacking: tuple[str, ...] = ()
    reasons: Mapping[str, NotMade] = field(default_factory=dict)
    compiled: tuple[str, ...] = ()
    use: Use = field(default_factory=Use, repr=False, compare=False)


def make_modules(
    maker: WheelMaker, tree: OwnTree, own: OwnBuild, *, python: str, packages: Mapping[str, str]
) -> MadeModules | NotMade:
    """Runs the `setup.py` without network, or finds what that gave the last time.

    Args:
        python: `X.Y`.
        packages: versions in the Environment that the modules are for; those that the build needs,
            too, are the same.

    Raises:
        BuildError, EngineError, NetworkError: it is no fault of the repository's.
    """
    needs = tuple(_pinned(build_needs(_contents(tree.files, own)), packages))
    state, base = _state(tree.files, own), maker.base_for(python)
    against = [f"{name}=={packages.get(name)}" for name in _COMPILED_AGAINST if own.compiles]
    key = digest(_RULES, state, own.start, _expected(own), needs, against, python, base)[:32]
    home = maker.home
    folder = home.cache / "own" / key
    held = use(home.lock(f"own-{key}"))
    with maker.alone(home.lock(f"building-own-{key}")):
        failures = folder / f"failed-{digest(own.modules)[:8]}"
        known = _newest(folder)
        is_whole = known is not None and not has_reasons(folder)
        if is_whole or (known is not None and not maker.is_to_be_tried(key)):
            return _found(folder, key, own, held)
        failed = recall_failure(failures)
        if known is None and failed is not None and not maker.is_to_be_tried(key):
            return failed
        for left in folder.glob(f"{_ARRIVING}*"):  # by one that was killed
            shutil.rmtree(left, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            failure = _Making(maker, tree, own, python, needs, packages).run(folder)
        except NoCompiler as error:
            failure = NotMade(f"its build needs a compiler: {error}")
            return failure if known is None else _found(folder, key, own, held)
        if failure is not None and known is None:
            remember(failures, failure)
            return failure
    return _found(folder, key, own, held)


def _newest(folder: Path) -> Path | None:
    """What was made; who has an older one goes on with that."""
    made = folder.glob(f"{_MADE}*")
    return max(made, key=lambda path: int(path.name.removeprefix(_MADE)), default=None)


def _keep(made: Path, folder: Path) -> None:
    """Beside what was made before, unless it is the same."""
    before = _newest(folder)
    if before is not None and _contents_of(before) == _contents_of(made):
        return
    number = 1 + int(before.name.removeprefix(_MADE)) if before is not None else 1
    made.rename(folder / f"{_MADE}{number}")


def _contents_of(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in _files(folder)}


def _expected(own: OwnBuild) -> list[str]:
    """What of it decides what comes out: folders, and modules that are brought to the root."""
    return sorted({posixpath.dirname(one) or one for one in own.modules})


def _found(folder: Path, key: str, own: OwnBuild, held: Use) -> MadeModules | NotMade:
    made, reasons = _newest(folder) or folder, recall_reasons(folder)
    lacking = _lacking(made, own)
    reasons = {one: reasons[_last(one)] for one in lacking if _last(one) in reasons}
    if lacking == own.modules:
        return reasons.get(lacking[0]) or _makes_none(own)
    libraries = {_stem(path, made) for path in _files(made) if path.suffix == ".so"}
    compiled = tuple(one for one in own.modules if one in libraries)
    return MadeModules(made, f"{key}-{made.name}", lacking, reasons, compiled, held)


def _last(place: str) -> str:
    """By which a build knows it: many say no more."""
    return posixpath.basename(place)


def _makes_none(own: OwnBuild) -> NotMade:
    return NotMade(f"it makes no {own.modules[0].replace('/', '.')}")


def _contents(tree: SourceTree, own: OwnBuild) -> Contents:
    paths = tree.paths()
    inside = [path for path in paths if posixpath.dirname(path) == own.folder]
    texts = {
        posixpath.basename(path): tree.read(path).decode("utf-8", "replace")
        for path in inside
        if posixpath.basename(path) in _READ
    }
    depth = f"{own.folder}/" if own.folder else ""
    below = (path.removeprefix(depth) for path in paths if path.startswith(depth))
    modules = {path.partition("/")[0].removesuffix(".py") for path in below}
    return Contents(texts, frozenset(modules))


def _pinned(needs: tuple[str, ...], packages: Mapping[str, str]) -> Iterator[str]:
    """What is compiled against a package is used with that very version; tools may be newer."""
    for text in needs:
        name = str(canonicalize_name(Requirement(text).name))
        version = "" if name in _TOOLS else packages.get(name, "").partition("+")[0]
        yield f"{name}=={version}" if version else text


def _state(tree: SourceTree, own: OwnBuild) -> str:
    """Changes with what the build reads; ordinary modules below it are none of that."""
    depth = f"{own.folder}/" if own.folder else ""
    imported = frozenset(f"{depth}{name}" for name in _imported(tree.read(own.setup)))
    paths = [path for path in tree.paths() if path.startswith(depth)]
    read = [path for path in paths if path in imported or _is_read(path, own)]
    return digest(*((path, digest(tree.read(path).hex())) for path in sorted(read)))


def _is_read(path: str, own: OwnBuild) -> bool:
    beside = posixpath.dirname(path) == own.folder and not path.endswith(_TEXTS)
    return beside or path.lower().endswith(_BUILT_FROM)


def _imported(setup: bytes) -> Iterator[str]:
    """Files that it would import from beside itself."""
    text = setup.decode("utf-8", "replace")
    for one in guess_imports(text):
        parts = [part for part in one.module.split(".") if part]
        for stem in ("/".join(parts[:count]) for count in range(1, len(parts) + 1)):
            yield from (f"{stem}.py", f"{stem}/__init__.py")
        yield from ("/".join([*parts, f"{name}.py"]) for name in one.names)


@dataclass(frozen=True)
class _Making:
    maker: WheelMaker
    tree: OwnTree
    own: OwnBuild
    python: str
    needs: tuple[str, ...]
    packages: Mapping[str, str]

    def run(self, folder: Path) -> NotMade | None:
        """None = what was made, all or some of it, lies in `folder`."""
        started = time.monotonic()
        name = self.own.setup
        self.maker.say(f"building with the repository's own {name}, without network")
        with tempfile.TemporaryDirectory(dir=folder, prefix=_ARRIVING) as place:
            scratch = Path(place)
            with (scratch / "tree.tar").open("wb") as stream:
                stream.writelines(self.tree.open_tar())
            site = replace(self.maker.site, build_environment=self._environment)
            attempts = Attempts(site, name, name, self.python, self.tree.made_at)
            made = scratch / "made"
            failure = attempts.run(
                self.needs,
                lambda cell: self._build(cell, scratch),
                compiler=self.own.compiles,
                at_last=lambda cell: self._spare(cell, scratch, folder),
            )
            is_whole = failure is None
            if failure is not None and made.is_dir():
                self.maker.say(f"{name}: {failure.why}; what does not need that is made")
                failure = None
            else:
                failure = failure or self._accept(scratch)
            if failure is None:
                _keep(made, folder)
                if is_whole:
                    forget_reasons(folder)
        took = f"built in {time.monotonic() - started:.0f} s"
        self.maker.say(f"{name}: {failure.why if failure else took}")
        return failure

    def _spare(self, cell: Cell, scratch: Path, folder: Path) -> None:
        """What can be made by itself, in `scratch / "made"`; that is not there where none can."""
        done = self._build(cell, scratch, sparing=True) if self.own.compiles else None
        if not isinstance(done, StepResult) or done.exit_code or done.timed_out:
            return
        if self._accept(scratch) is not None:
            shutil.rmtree(scratch / "made", ignore_errors=True)
            return
        logs = left_out(done.output)
        reasons = {
            one: NotMade(f"its build failed: {last_words(log)}", tail(log))
            for one, log in logs.items()
        }
        remember_reasons(folder, reasons)  # all of them: other entries need other modules

    def _environment(self, wanted: Requirements, python: str) -> Build:
        """What is found to be needed later is of the same versions, too."""
        pinned = tuple(_pinned(wanted.packages, self.packages))
        return self.maker.build_environment(replace(wanted, packages=pinned), python)

    def _build(self, cell: Cell, scratch: Path, *, sparing: bool = False) -> StepResult | NotMade:
        try:
            return cell.build_in_place(
                scratch / "tree.tar",
                setup=self.own.setup,
                start=self.own.start,
                expected=sorted({posixpath.dirname(one) or "." for one in self.own.modules}),
                made_at=self.tree.made_at,
                into=scratch / "made.tar",
                sparing=sparing,
            )
        except TooLargeError:
            return NotMade(f"more came out than {self.maker.limits.wheel_bytes // 2**20} MB")

    def _accept(self, scratch: Path) -> NotMade | None:
        """Unpacked, once it is known to be new modules of this tree and nothing else."""
        made = scratch / "made"
        made.mkdir()
        why = accept_modules(scratch / "made.tar", self.tree.files.paths(), made)
        if why is not None:
            return NotMade(why)
        self._bring_to_root(made)
        if _lacking(made, self.own) == self.own.modules:
            return _makes_none(self.own)
        return None

    def _bring_to_root(self, made: Path) -> None:
        """Where installing would put a module by itself: Python looks for it in the root here."""
        alone = {one for one in _lacking(made, self.own) if "/" not in one}
        folder = made / self.own.folder
        for path in _files(folder):
            in_root = made / path.name
            is_meant = path.parent == folder and path.name.partition(".")[0] in alone
            if is_meant and not in_root.exists():
                shutil.copyfile(path, in_root)


def _lacking(made: Path, own: OwnBuild) -> tuple[str, ...]:
    """Those of its modules that are not there."""
    there = set(places(path.relative_to(made).as_posix() for path in _files(made)))
    return tuple(one for one in own.modules if one not in there)


def _stem(path: Path, folder: Path) -> str:
    return path.relative_to(folder).with_name(path.name.partition(".")[0]).as_posix()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())
