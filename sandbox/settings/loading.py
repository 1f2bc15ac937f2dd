"""From files and variables to `Settings`."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.domain import PackageIndexes
from sandbox.errors import RecipeError, StoreError
from sandbox.paths import Home
from sandbox.settings.model import Settings, TakenOver, web_of
from sandbox.settings.pip import parse_pip_configuration
from sandbox.settings.remembering import recall_checked, recall_pip_configuration
from sandbox.settings.shape import (
    KNOWN_HOSTS,
    IndexesSection,
    Machine,
    SettingsFile,
    as_limits,
    given,
    known_keys,
    near,
)

_LISTS = ("indexes.extra_index_urls", "indexes.find_links", "indexes.constraints", "git.hosts")
_MAPPINGS = ("git.config",)


def this_machine() -> Machine:
    """Look at the machine this runs on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    affinity = getattr(os, "sched_getaffinity", None)  # Linux only
    return Machine(memory, len(affinity(0)) if affinity else os.cpu_count() or 1)


def default_home(environ: Mapping[str, str]) -> Path:
    """`$SANDBOX_HOME`, else the platform's data folder."""
    from platformdirs import user_data_path

    told = environ.get("SANDBOX_HOME")
    return Path(told).expanduser().absolute() if told else user_data_path("sandbox")


def open_home(root: Path) -> Home:
    """Make the home where it is missing, for its owner only; by whichever link, it is one home.

    Raises:
        StoreError: it cannot be made.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"cannot make the home folder {root}: {error.strerror}",
            hint="name another one in SANDBOX_HOME",
        ) from error
    return Home(root.resolve())


def load_settings(
    home: Path | None,
    environ: Mapping[str, str],
    *,
    machine: Machine | None = None,
    read_pip: Callable[[Mapping[str, str]], str] | None = None,
) -> Settings:
    """Read `sandbox.toml` and the variables. Writes nothing and starts nothing by itself.

    Args:
        home: None = `$SANDBOX_HOME`, else the platform's data folder.
        machine: None = this one.
        read_pip: asked once, and only when package indexes are; None = pip, or what the home
            remembers of it.

    Raises:
        RecipeError: a value that cannot be used: file or variable, key, and what was expected.
        InputError: a limit that this machine does not have.
    """
    root = home or default_home(environ)
    told = {**_from_file(Home(root).settings), **_from_variables(environ)}
    values = {key: value for key, (value, _) in told.items()}
    origins = {key: origin for key, (_, origin) in told.items()}
    checked = _checked(_nested(values), origins, Home(root).checked) if values else SettingsFile()
    asked = read_pip or functools.partial(recall_pip_configuration, memory=Home(root).pip)
    told_home = "variable SANDBOX_HOME" if environ.get("SANDBOX_HOME") else "default"
    return _settings(
        checked,
        home=root,
        machine=machine or this_machine(),
        origins={"home": "the caller" if home else told_home, **origins},
        notes=_unknown_variables(environ),
        listing=lambda: (asked(environ), environ),
    )


def _checked(
    values: Mapping[str, object], origins: Mapping[str, str], memory: Path
) -> SettingsFile:
    def check(values: Mapping[str, object]) -> SettingsFile:
        from sandbox.settings.checking import check  # takes longer to import than all of the rest

        return check(values, origins)

    return recall_checked(values, memory, check)


def _settings(
    checked: SettingsFile,
    *,
    home: Path,
    machine: Machine,
    origins: Mapping[str, str],
    notes: tuple[str, ...],
    listing: Callable[[], tuple[str, Mapping[str, str]]],
) -> Settings:
    measured = {"jobs": "number of CPUs", "limits.memory": "default, within this machine's memory"}
    return Settings(
        home=home,
        engine=checked.engine,
        jobs=checked.jobs or machine.cpus,
        accelerator=checked.accelerator,
        base_image=checked.base.image,
        registry=checked.base.registry,
        limits=as_limits(checked.limits, machine),
        git_hosts=(*KNOWN_HOSTS, *checked.git.hosts, *_own_host(checked)),
        git_config=checked.git.config,
        git_follow=checked.git.follow,
        github_url=checked.github.base_url.rstrip("/"),
        token_variable=checked.github.token_variable,
        tracking_uri=checked.tracking_uri,
        notes=notes,
        machine=machine,
        origins={**measured, **origins},
        take_over=functools.cache(lambda: _take_over(checked.indexes, origins, *listing())),
    )


def _own_host(checked: SettingsFile) -> tuple[str, ...]:
    """Of the GitHub that is asked: what it finds may be cloned."""
    host = urlsplit(web_of(checked.github.base_url)).netloc
    return () if host in (*KNOWN_HOSTS, *checked.git.hosts) else (host,)


def _from_file(path: Path) -> dict[str, tuple[object, str]]:
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, OSError) as error:
        raise RecipeError(f"cannot read {path}: {error}", hint="it has to be TOML") from error
    return {key: (value, str(path)) for key, value in _flat(data)}


def _flat(data: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    """Dotted keys and values; a mapping that is a value stays whole, an unknown table too."""
    for name, value in data.items():
        key = f"{prefix}{name}"
        is_section = any(known.startswith(f"{key}.") for known in known_keys())
        if isinstance(value, Mapping) and is_section:
            yield from _flat(value, f"{key}.")
        else:
            yield key, value


def _from_variables(environ: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    tracking = environ.get("MLFLOW_TRACKING_URI")
    found: dict[str, tuple[object, str]] = {}
    if tracking:
        found["tracking_uri"] = (tracking, "variable MLFLOW_TRACKING_URI")
    for key, variable in _variables().items():
        if environ.get(variable):
            found[key] = (_value(key, environ[variable]), f"variable {variable}")
    return found


def _variables() -> dict[str, str]:
    keys = (key for key in known_keys() if key not in _MAPPINGS)
    return {key: "SANDBOX_" + key.replace(".", "_").upper() for key in keys}


def _value(key: str, text: str) -> object:
    return [part for part in text.replace(",", " ").split() if part] if key in _LISTS else text


def _unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Said, not refused: other programs may have the same first word."""
    known = (*_variables().values(), "SANDBOX_HOME")
    unknown = sorted(name for name in environ if name.startswith("SANDBOX_") and name not in known)
    hints = ((name, near(name, known)) for name in unknown)
    return tuple(f"variable {name} is not known; {hint}" for name, hint in hints if hint)


def _nested(values: Mapping[str, object]) -> dict[str, object]:
    nested: dict[str, object] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        if section:
            inner = nested.setdefault(section, {})
            if isinstance(inner, dict):
                inner[name] = value
        else:
            nested[key] = value
    return nested


def _take_over(
    told: IndexesSection,
    origins: Mapping[str, str],
    listing: str,
    environ: Mapping[str, str],
) -> TakenOver:
    ours = given(told)
    pips = parse_pip_configuration(listing, environ)
    theirs = {key: value for key, value in vars(pips).items() if value}
    said = {f"indexes.{key}": "pip configuration" for key in theirs}
    said |= {key: origin for key, origin in origins.items() if key.startswith("indexes.")}
    return TakenOver(PackageIndexes(**{**theirs, **ours}), said)
