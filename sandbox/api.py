"""The verbs, as functions: what the command line calls, and what programs and notebooks may.

Each takes a `Context`, made by `connect`. Failing code is a Run with a status; everything else that
goes wrong is a `SandboxError` with a hint.
"""

from __future__ import annotations

import dataclasses
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import checkouts, flows, plugins, recipes, recorders, tunables
from sandbox.flows.context import Context
from sandbox.lazily import lazily
from sandbox.paths import Home
from sandbox.settings import Settings, load_settings, open_home

if TYPE_CHECKING:
    from sandbox.comparing import Comparison
    from sandbox.domain import Entry, Tunable, Workspace
    from sandbox.flows.building import Built
    from sandbox.flows.cleaning import Cleaned, Policy
    from sandbox.flows.examining import Finding
    from sandbox.flows.exporting import Exported
    from sandbox.flows.opening import Opened
    from sandbox.flows.requests import Continuation, Event, Request, Strategy, SweepResult
    from sandbox.flows.surveying import Survey
    from sandbox.interfaces import Engine, Execution
    from sandbox.notebooks import ExecutionRequest
    from sandbox.recipes import Experiment, Listing, Recipe

OnEvent = Callable[["Event"], None]

_log = logging.getLogger(__name__)


def _ignore(_event: object) -> None:
    """For callers who do not watch."""


def connect(
    home: Path | None = None,
    *,
    engine: str | None = None,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = _ignore,
) -> Context:
    """Everything a verb needs; reaches neither engine nor network.

    Args:
        home: None = `$SANDBOX_HOME`, else the platform's data folder; made where missing.
        engine: `docker` or `local`; None = the settings'.
        folder: what relative folders are relative to; None = the present one.
        environ: None = this process's.
        tell: receives one line for everything decided, guessed or skipped.
    """
    environ = os.environ if environ is None else environ
    settings = load_settings(home, environ)
    place = open_home(settings.home)
    return Context(
        settings=settings,
        home=place,
        engine=_engine(engine or settings.engine, place),
        folder=(folder or Path.cwd()).absolute(),
        recipes=(place.root / "recipes", recipes.bundled_folder("recipes")),
        token=lambda: settings.read_token(environ),
        tell=tell,
    )


def _engine(name: str, home: Home) -> Engine:
    kind: Callable[..., Engine] = plugins.load_engine(name)
    return kind(home.store) if name == "local" else kind()


def open_workspace(
    context: Context, target: str, *, ref: str | None = None, name: str | None = None
) -> Opened:
    """Clones the target into a workspace, or finds the one it has."""
    return flows.opening.open_workspace(context, target, ref=ref, name=name)


def list_workspaces(context: Context) -> tuple[Workspace, ...]:
    """All workspaces by name; what is damaged is told and left out."""
    return checkouts.list_workspaces(
        context.home, on_damaged=lambda error: context.tell(f"passed over: {error.message}")
    )


def remove_workspace(context: Context, name: str) -> Workspace:
    """Removes clone, lock and journals; what MLflow recorded stays."""
    paths = context.home.workspace(name)
    workspace = checkouts.load_workspace(paths)
    checkouts.remove_workspace(paths)
    return workspace


def build(
    context: Context,
    target: str,
    entry: str | None = None,
    *,
    lock: Path | None = None,
    accelerator: str | None = None,
    refresh: bool = False,
) -> Survey:
    """Builds the environment of an entry; None = of the recipe's, or of all there are.

    Args:
        lock: a `lock.txt` of ours; it is built as it is, and used for this workspace from now on.
        accelerator: `cpu`, `cuda`, or `auto` = `cuda` where a GPU can be had; holds for the
            workspace from now on; None = what it was told last, else the settings'.
        refresh: asks again for what is known, a lock that was given among it.
    """
    locked = flows.exporting.load_lock(context, lock) if lock else None
    opened = flows.opening.open_workspace(context, target)
    for line in context.engine.reap():
        context.tell(line)
    source = flows.building.source_tree(opened, checkouts.working_tree(opened.workspace))
    wanted = flows.building.Wanted(locked, accelerator, refresh)
    named = entry or (opened.recipe.entry if opened.recipe else None)
    if named is None:
        entries = flows.reading.entries_of(source)
    else:
        entries = (
            flows.planning.choose_entry(
                source, flows.requests.Request(target, entry=named), opened.recipe
            ),
        )
    return flows.surveying.build_entries(context, opened, source, entries, wanted=wanted)


def check_export(context: Context, folder: Path) -> None:
    """Raises InputError where `export` would refuse the folder: before minutes of building."""
    flows.exporting.check_folder(context, folder)


def export(context: Context, built: Built, folder: Path) -> Exported:
    """Writes a folder that `docker build` accepts: Dockerfile, lock, wheels that no index has.

    Raises:
        InputError: there is something else in the folder.
    """
    return flows.exporting.export_environment(context, built, folder)


@dataclass(frozen=True)
class Scan:
    """What can be run and tweaked. `entry` is the one the tunables belong to."""

    entries: tuple[Entry, ...]
    entry: Entry | None
    tunables: tuple[Tunable, ...]
    skipped: tuple[str, ...] = ()


def scan(context: Context, target: str, entry: str | None = None) -> Scan:
    """Entries, and the tunables of one of them; installs and runs nothing."""
    opened = flows.opening.open_workspace(context, target)
    source = flows.building.source_tree(opened, checkouts.working_tree(opened.workspace))
    entries = tunables.find_entries(source)
    path = entry or (opened.recipe.entry if opened.recipe else None)
    chosen = tunables.find_entry(source, path) if path else (entries[0] if entries else None)
    if chosen is None:
        return Scan(entries, None, ())
    report = tunables.scan_report(source, chosen)
    skipped = tuple(f"{one.file}: {one.why}" for one in report.skipped)
    return Scan(entries, chosen, report.tunables, skipped)


def run(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """One variant, with all of the request's tweaks at once."""
    return flows.sweeping.run_once(context, request, on_event=on_event)


def sweep(context: Context, request: Request, *, on_event: OnEvent = _ignore) -> SweepResult:
    """Every combination of the request's values, the baseline first."""
    return flows.sweeping.run_sweep(context, request, on_event=on_event)


def experiment_request(context: Context, name: str) -> Request:
    """The Request of an experiment: a TOML file, or the name of one that is bundled."""
    path = context.folder / name
    experiment = (
        recipes.load_experiment(path)
        if path.suffix == ".toml"
        else recipes.find_experiment(name, [recipes.bundled_folder("experiments")])
    )
    return _to_request(experiment)


def _to_request(experiment: Experiment) -> Request:
    return flows.requests.Request(
        target=experiment.target,
        entry=experiment.entry,
        tweaks={name: tuple(values) for name, values in experiment.tweaks.items()},
        patches=experiment.patches,
        arguments=experiment.arguments,
        repeats=experiment.repeats,
        jobs=experiment.jobs,
        limits={"timeout": f"{experiment.timeout_s}s"} if experiment.timeout_s else {},
        question=experiment.question,
        directions=experiment.metrics,
        strategy=flows.requests.Strategy(
            sampler=experiment.sampler,
            where=experiment.where,
            goals=tuple(experiment.metrics),
            budget=experiment.budget,
            prune=experiment.prune,
        ),
    )


def compare(context: Context, sweep_id: str | None = None) -> Comparison:
    """Compares a sweep's runs as the tracking store has them; None = the latest sweep."""
    return flows.comparing.compare_sweep(context, sweep_id)


@contextmanager
def ui(context: Context, *, port: int = 5000) -> Iterator[str]:
    """MLflow's UI on this machine's loopback, stops when left; yields the latest sweep's page."""
    uri = flows.recording.tracking_uri(context)
    with recorders.serve_ui(uri, context.home.artifacts, port=port) as url:
        latest = recorders.latest_experiment(uri, schema=context.home.schema)
        yield recorders.experiment_url(url, latest) if latest else url


def doctor(context: Context, *, deep: bool = False) -> list[Finding]:
    """Looks at engine, Store, home and settings; changes nothing.

    Args:
        deep: reads every file of the Store, which takes a while.
    """
    engine = flows.examining.look_at_engine(context)
    answers = all(one.state != "bad" for one in engine)
    store = flows.examining.look_at_store(context, deep=deep) if answers else []
    rows = context.settings.rows()
    settings = [
        flows.examining.Finding(row.key, "ok", f"{row.value} ({row.origin})") for row in rows
    ]
    return [*engine, *store, *flows.examining.look_at_home(context), *settings]


def clean(context: Context, policy: Policy | None = None, *, apply: bool = False) -> Cleaned:
    """What is kept on disk, by whom it is used, and what of it can go.

    What commands that were killed left behind is removed at once.

    Args:
        policy: what may go; None = what no workspace has.
        apply: remove it; else it is only told.
    """
    policy = policy or flows.cleaning.Policy()
    pending = flows.recovering.record_everywhere(context)
    left_behind = (*context.engine.reap(), *pending)
    found = dataclasses.replace(flows.cleaning.survey(context, policy), left_behind=left_behind)
    return flows.cleaning.apply(context, found, policy) if apply else found


def demo_request(context: Context) -> Request:
    """The bundled experiment on the bundled repository."""
    experiment = experiment_request(context, flows.demonstrating.EXAMPLE)
    recipe = find_recipe(context, flows.demonstrating.EXAMPLE)
    asked = dataclasses.replace(experiment, entry=recipe.entry, directions=recipe.metrics)
    return flows.demonstrating.demo_request(context, asked, recipes.bundled_folder("examples"))


def fix_store(context: Context, *, deep: bool = False) -> tuple[str, ...]:
    """Takes broken environments out of the Store; a line for each. They are built when needed."""
    return flows.examining.take_out_broken(context, deep=deep)


def fix_engine(context: Context) -> None:
    """Installs and starts a Docker engine where none answers; never touches one that does.

    Raises:
        EngineError: it cannot be done here; the hint says what to install.
    """
    from sandbox.engines import setup

    with setup.exclusive():
        facts = setup.ensure_engine(setup.LocalSystem(os.environ), say=context.tell)
    context.tell(f"Docker {facts.version} answers at {facts.host}")


def demo_context(context: Context) -> Context:
    """For the bundled demo: falls back to the local engine, since its code is ours."""
    return flows.demonstrating.demo_context(context, _engine("local", context.home))


def lend_execution(request: ExecutionRequest) -> AbstractContextManager[Execution]:
    """What papermill's own command line runs a notebook in, with `--engine sandbox`."""
    return flows.lending.lend_execution(connect(tell=_log.info), request)


def list_recipes(context: Context) -> Listing:
    """All recipes, the user's own before the bundled ones, and an error for each that fails."""
    return recipes.list_recipes(context.recipes)


def find_recipe(context: Context, name: str) -> Recipe:
    """The recipe of that name."""
    return recipes.find_recipe(name, context.recipes)


__all__ = [
    "Built",
    "Cleaned",
    "Comparison",
    "Context",
    "Continuation",
    "Event",
    "Exported",
    "Finding",
    "Policy",
    "Request",
    "Scan",
    "Settings",
    "Strategy",
    "Survey",
    "SweepResult",
    "build",
    "check_export",
    "clean",
    "compare",
    "connect",
    "demo_context",
    "demo_request",
    "doctor",
    "experiment_request",
    "export",
    "find_recipe",
    "fix_engine",
    "fix_store",
    "lend_execution",
    "list_recipes",
    "list_workspaces",
    "open_workspace",
    "remove_workspace",
    "run",
    "scan",
    "sweep",
    "ui",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.comparing": "Comparison",
        "sandbox.flows.building": "Built",
        "sandbox.flows.cleaning": "Cleaned Policy",
        "sandbox.flows.examining": "Finding",
        "sandbox.flows.exporting": "Exported",
        "sandbox.flows.requests": "Continuation Event Request Strategy SweepResult",
        "sandbox.flows.surveying": "Survey",
    },
)
