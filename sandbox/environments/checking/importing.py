"""Imports, tried in a finished Environment without network."""

from __future__ import annotations

import json
import keyword
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from sandbox.environments.checking.failures import read_failure
from sandbox.environments.checking.known import CREDENTIALS
from sandbox.interfaces import Step, Workbench

_TIMEOUT_S = 1200.0
_INSTALLING_S = 3600.0  # so long it may wait besides
_WHEN_ASKED = ("sh", "-c", 'read -r line && exec "$@"', "sh")
PATIENCE_S = 120.0
_MOST = 500  # names of one Environment; entries of real repositories import fewer than 60
_LONG = 700  # characters of an error

# No sound, no GPU, no display but one that nobody sees: what a Session has.
# A warning on standard error is no failure.
_VARIABLES = {
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


@dataclass(frozen=True)
class Tried:
    """How imports went.

    Attributes:
        errors: what went wrong, one line as `failures.read_failure` reads it, by name; None = it
            imports.
        asking: those that import with credentials, and not without.
    """

    errors: Mapping[str, str | None]
    asking: tuple[str, ...] = ()


@contextmanager
def importing(
    workbench: Workbench, base: str, python: str, names: Sequence[str]
) -> Iterator[Callable[[], Tried]]:
    """As `import_all`, begun while the Environment is being installed.

    Gives what is to be called, once, when it is there; what it needs starts in the meantime.
    """
    with _begun(workbench, base, python, names, waiting_s=_INSTALLING_S) as finish:
        yield lambda: _with_credentials(workbench, base, python, finish())


def import_all(workbench: Workbench, base: str, python: str, names: Sequence[str]) -> Tried:
    """As `try_imports`; what only asks for credentials imports with some that stand in for them."""
    return _with_credentials(workbench, base, python, try_imports(workbench, base, python, names))


def _with_credentials(
    workbench: Workbench, base: str, python: str, errors: Mapping[str, str | None]
) -> Tried:
    asking: dict[str, Mapping[str, str]] = {}
    for name, why in errors.items():
        blamed = read_failure(name, why or "").blamed or ""
        if blamed in CREDENTIALS:
            asking[name] = CREDENTIALS[blamed]
    if not asking:
        return Tried(errors)
    variables = {key: value for one in asking.values() for key, value in one.items()}
    again = try_imports(workbench, base, python, list(asking), variables=variables)
    fine = tuple(name for name, why in again.items() if why is None)
    return Tried({**errors, **dict.fromkeys(fine)}, fine)


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
        return finish()


@contextmanager
def _begun(  # noqa: PLR0913 - each is a thing of its own, and three are keywords
    workbench: Workbench,
    base: str,
    python: str,
    names: Sequence[str],
    *,
    patience_s: float = PATIENCE_S,
    variables: Mapping[str, str] = MappingProxyType({}),
    waiting_s: float = 0.0,
) -> Iterator[Callable[[], dict[str, str | None]]]:
    """Gives what does as `try_imports` when called; until then the interpreter is not used."""
    known: dict[str, str | None] = dict.fromkeys(names, "no name of a module")
    asked = [name for name in known if _is_name(name)]
    known |= dict.fromkeys(asked[_MOST:], f"not tried, only the first {_MOST} are")
    asked = asked[:_MOST]
    if not asked:
        yield lambda: known
        return
    said: dict[str, str | None] = {}
    question = json.dumps({"names": asked, "patience_s": patience_s}).encode()
    step = Step(
        base,
        (*_WHEN_ASKED, *program_inside(python, "screen"), *program_inside(python, "importing")),
        stdin=(b"\n", question),
        environment={**_VARIABLES, **variables},
        timeout_s=_TIMEOUT_S,
        waiting_s=waiting_s,
        on_line=lambda line: said.update(_heard(line, known)),
    )
    with workbench.begin(step) as finish:

        def finished() -> dict[str, str | None]:
            done = finish()
            silent = "out of memory" if done.out_of_memory else "the import did not end"
            return {**known, **dict.fromkeys(asked, silent), **said}

        yield finished


def program_inside(python: str, name: str) -> tuple[str, ...]:
    """One of the programs that run inside; what follows are its arguments."""
    text = (files(__package__) / "inside" / f"{name}.py").read_text("utf-8")
    return python, "-I", "-c", text


def _is_name(text: str) -> bool:
    module, colon, member = text.partition(":")
    parts = [*module.split("."), *([member] if colon and member != "*" else [])]
    return all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)


def _heard(line: str, known: Mapping[str, str | None]) -> dict[str, str | None]:
    """What the program inside printed; anything else there is not ours and not read."""
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(said, dict) or said.get("name") not in known:
        return {}
    error = said.get("error")
    shown = None if error is None else "".join(c if c.isprintable() else "?" for c in str(error))
    return {said["name"]: shown[:_LONG] if shown else None}
