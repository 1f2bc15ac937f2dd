"""A Context for the verbs, and Executions for programs that bring their own."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import flows, github, recipes
from sandbox.flows.context import Context
from sandbox.paths import Home
from sandbox.settings import load_settings, open_home

if TYPE_CHECKING:
    from sandbox.interfaces import Engine, Execution
    from sandbox.notebooks import ExecutionRequest

_log = logging.getLogger(__name__)


def ignore(_event: object) -> None:
    """For callers who do not watch."""


def connect(
    home: Path | None = None,
    *,
    engine: str | None = None,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = ignore,
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
    context = Context(
        settings=settings,
        home=place,
        make_engine=functools.partial(_engine, engine or settings.engine, place),
        folder=(folder or Path.cwd()).absolute(),
        recipes=(place.root / "recipes", recipes.bundled_folder("recipes")),
        environ=environ,
        token=functools.cache(
            lambda: github.find_token(environ, settings.token_variable, settings.github_host)
        ),
        tell=tell,
    )
    if engine is not None:
        _ = context.engine  # a name that was typed is found to be wrong at once
    return context


def _engine(name: str, home: Home) -> Engine:
    from sandbox import plugins  # looks into what is installed, which takes its time

    kind: Callable[..., Engine] = plugins.load_engine(name)
    return kind(home.store) if name == "local" else kind()


def demo_context(context: Context) -> Context:
    """For the bundled demo: falls back to the local engine, since its code is ours."""
    return flows.demonstrating.demo_context(context, _engine("local", context.home))


def lend_execution(request: ExecutionRequest) -> AbstractContextManager[Execution]:
    """What papermill's own command line runs a notebook in, with `--engine sandbox`."""
    return flows.lending.lend_execution(connect(tell=_log.info), request)
