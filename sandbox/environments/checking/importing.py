"""Imports, tried in a finished Environment without network."""

from __future__ import annotations

import json
import keyword
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType

from sandbox.environments.checking.failures import read_failure
from sandbox.environments.checking.known import CREDENTIALS
from sandbox.environments.programs import program
from sandbox.interfaces import Step, Workbench

_TIMEOUT_S = 1200.0
_INSTALLING_S = 3600.0  # so long it may wait besides
_WHEN_ASKED = 'read -r line && { command -v Xvfb > /dev/null || shift 4; exec "$@"; }'
"""What follows are the four words that light a screen, and what those are to become."""

PATIENCE_S = 120.0
_MOST = 500  # names of one Environment; entries of real repositories import fewer than 60
_LONG = 700  # characters of an error
_MOST_TOUCHED = 2000

_ASSEMBLE = """\
import sys, types
for name, text in {texts!r}.items():
    made = sys.modules[name] = types.ModuleType(name)
    exec(compile(text, "<" + name + ">", "exec"), made.__dict__)
exec(compile({main!r}, "<sandbox>", "exec"))
"""

# No sound, no GPU, no display but one that nobody sees: what a Session has.
# A warning on standard error is no failure.
VARIABLES = {
    "CUDA_VISIBLE_DEVICES": "",
    "MPLBACKEND": "Agg",
    "OMPI_MCA_ess_singleton_isolated": "1",  # Open MPI's helpers need ssh, which is not there
    "OMP_NUM_THREADS": "1",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "QT_QPA_PLATFORM": "offscreen",
    "SDL_AUDIODRIVER": "dummy",
    "SDL_VIDEODRIVER": "dummy",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


Touched = tuple[tuple[str, ...], tuple[str, ...]]
"""What an import had to do with: top-level modules, loaded or looked for in vain; distributions
that were asked for and not there, `*` for all."""


@dataclass(frozen=True)
class Known:
    """What imported in another Environment on the same base.

    Attributes:
        packages: all of that Environment's, version by name.
        names: what each import touched.
    """

    packages: Mapping[str, str]
    names: Mapping[str, Touched]


@dataclass(frozen=True)
class Tried:
    """How imports went.

    Attributes:
        errors: what went wrong, one line as `failures.read_failure` reads it, by name; None = it
            imports.
        asking: those that import with credentials, and not without.
        touched: of those that import by themselves, where it was not too much.
    """

    errors: Mapping[str, str | None]
    asking: tuple[str, ...] = ()
    touched: Mapping[str, Touched] = field(default_factory=dict)


@contextmanager
def importing(
    workbench: Workbench, base: str, python: str, names: Sequence[str], known: Sequence[Known] = ()
) -> Iterator[Callable[[], Tried]]:
    """As `import_all`, begun while the Environment is being installed.

    Gives what is to be called, once, when it is there; what it needs starts in the meantime. What
    imported in a `known` Environment is not imported again where what this one has besides has
    nothing to do with it.
    """
    begun = _begun(workbench, base, python, names, waiting_s=_INSTALLING_S, elsewhere=known)
    with begun as finish:
        yield lambda: _with_credentials(workbench, base, python, finish())


def import_all(workbench: Workbench, base: str, python: str, names: Sequence[str]) -> Tried:
    """As `try_imports`; what only asks for credentials imports with some that stand in for them."""
    with _begun(workbench, base, python, names) as finish:
        return _with_credentials(workbench, base, python, finish())


def _with_credentials(workbench: Workbench, base: str, python: str, tried: Tried) -> Tried:
    asking: dict[str, Mapping[str, str]] = {}
    for name, why in tried.errors.items():
        blamed = read_failure(name, why or "").blamed or ""
        if blamed in CREDENTIALS:
            asking[name] = CREDENTIALS[blamed]
    if not asking:
        return tried
    variables = {key: value for one in asking.values() for key, value in one.items()}
    again = try_imports(workbench, base, python, list(asking), variables=variables)
    fine = tuple(name for name, why in again.items() if why is None)
    return replace(tried, errors={**tried.errors, **dict.fromkeys(fine)}, asking=fine)


def try_imports(
    workbench: Workbench,
    base: str,
    python: str,
    names: Sequence[str],
    *,
    patience_s: float = PATIENCE_S,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, str | None]:
    """Import each; all that is below one top-level module in one process while nothing breaks.

    Args:
        python: path of the Environment's interpreter, as seen inside.
        names: `module`, or `module:name` for what `from module import name` does.
        patience_s: an import that takes longer is ended.
        variables: of the environment, besides those that are always set.

    Returns:
        What went wrong, one line as `failures.read_failure` reads it, by name; None = it imports.
    """
    begun = _begun(workbench, base, python, names, patience_s=patience_s, variables=variables)
    with begun as finish:
        return dict(finish().errors)


@contextmanager
def _begun(  # noqa: PLR0913 - each is a thing of its own, and four are keywords
    workbench: Workbench,
    base: str,
    python: str,
    names: Sequence[str],
    *,
    patience_s: float = PATIENCE_S,
    variables: Mapping[str, str] = MappingProxyType({}),
    waiting_s: float = 0.0,
    elsewhere: Sequence[Known] = (),
) -> Iterator[Callable[[], Tried]]:
    """Gives what does as `try_imports` when called; until then the interpreter is not used."""
    known: dict[str, str | None] = dict.fromkeys(names, "no name of a module")
    asked = [name for name in known if _is_name(name)]
    known |= dict.fromkeys(asked[_MOST:], f"not tried, only the first {_MOST} are")
    asked = asked[:_MOST]
    if not asked:
        yield lambda: Tried(known)
        return
    said: dict[str, str | None] = {}
    touched: dict[str, Touched] = {}

    def hear(line: str) -> None:
        if (heard := _heard(line, known)) is not None:
            name, said[name], what = heard
            touched.update({name: what} if what else {})

    asks = {"names": asked, "patience_s": patience_s, "known": [asdict(one) for one in elsewhere]}
    step = Step(
        base,
        under_a_screen(python, *program_inside(python, "importing", "elsewhere", "describing")),
        stdin=(b"\n", json.dumps(asks).encode()),
        environment={**VARIABLES, **variables},
        timeout_s=_TIMEOUT_S,
        waiting_s=waiting_s,
        on_line=hear,
    )
    with workbench.begin(step) as finish:

        def finished() -> Tried:
            done = finish()
            silent = "out of memory" if done.out_of_memory else "the import did not end"
            return Tried({**known, **dict.fromkeys(asked, silent), **said}, touched=touched)

        yield finished


def under_a_screen(python: str, *command: str) -> tuple[str, ...]:
    """The command, once a line is read, with a screen that nobody sees where the base has one."""
    return ("sh", "-c", _WHEN_ASKED, "sh", *program_inside(python, "screen"), *command)


def program_inside(python: str, name: str, *parts: str) -> tuple[str, ...]:
    """One of the programs that run inside; what follows are its arguments.

    Args:
        parts: modules that it imports, as `sandbox_PART`.
    """
    texts = {f"sandbox_{one}": program(__package__, one) for one in parts}
    main = program(__package__, name)
    return python, "-I", "-c", _ASSEMBLE.format(texts=texts, main=main) if parts else main


def _is_name(text: str) -> bool:
    module, colon, member = text.partition(":")
    parts = [*module.split("."), *([member] if colon and member != "*" else [])]
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)


def _heard(
    line: str, known: Mapping[str, str | None]
) -> tuple[str, str | None, Touched | None] | None:
    """What the program inside printed; anything else there is not ours and not read."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(name, str) or name not in known:
        return None
    error = said.get("error")
    shown = None if error is None else "".join(c if c.isprintable() else "?" for c in str(error))
    return name, shown[:_LONG] if shown else None, _as_touched(said.get("touched"))


def _as_touched(value: object) -> Touched | None:
    """None = it is not what it should be."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    modules, distributions = (tuple(part) if _is_names(part) else None for part in value)
    return None if modules is None or distributions is None else (modules, distributions)


def _is_names(value: object) -> bool:
    if not isinstance(value, list) or len(value) > _MOST_TOUCHED:
        return False
    return all(isinstance(one, str) and len(one) <= _LONG for one in value)
