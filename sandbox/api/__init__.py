"""The verbs, as functions: what the command line calls, and what programs and notebooks may.

Each takes a `Context`, made by `connect`. Failing code is a Run with a status; everything else that
goes wrong is a `SandboxError` with a hint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.lazily import lazily

if TYPE_CHECKING:
    from sandbox.api.connecting import connect, demo_context, lend_execution
    from sandbox.api.finding import find, open_forked, publish, sync, why
    from sandbox.api.keeping import clean, doctor, fix_engine, fix_store
    from sandbox.api.knowing import explain, find_recipe, list_cards, list_recipes
    from sandbox.api.repositories import (
        build,
        check_export,
        export,
        list_workspaces,
        open_workspace,
        remove_workspace,
        scan,
    )
    from sandbox.api.running import (
        apply,
        checkout,
        compare,
        compare_result,
        demo_request,
        diff,
        experiment_request,
        journal,
        note,
        notes,
        report,
        run,
        sweep,
        thoughts,
        ui,
        write_difference,
    )
    from sandbox.api.tweaking import apply_tweaks, list_tweaks, preview_tweaks
    from sandbox.comparing import Comparison
    from sandbox.flows.context import Context
    from sandbox.flows.environments.building import Built
    from sandbox.flows.environments.exporting import Exported
    from sandbox.flows.environments.surveying import Survey
    from sandbox.flows.home.cleaning import Cleaned, Policy
    from sandbox.flows.home.examining import Finding
    from sandbox.flows.questions.scanning import Scan
    from sandbox.flows.questions.tweaking import Preview
    from sandbox.flows.repositories.finding import Discovery
    from sandbox.flows.repositories.forking import Brought
    from sandbox.flows.requests import Continuation, Event, Request, Strategy, SweepResult
    from sandbox.flows.results.diary import Diary, Try
    from sandbox.flows.results.guessing import Thoughts
    from sandbox.flows.results.publishing import Publication, Wish
    from sandbox.flows.results.retrieving import Difference, Found
    from sandbox.flows.results.viewing import Page
    from sandbox.github import Wanted
    from sandbox.settings import Settings

__all__ = [
    "Brought",
    "Built",
    "Cleaned",
    "Comparison",
    "Context",
    "Continuation",
    "Diary",
    "Difference",
    "Discovery",
    "Event",
    "Exported",
    "Finding",
    "Found",
    "Page",
    "Policy",
    "Preview",
    "Publication",
    "Request",
    "Scan",
    "Settings",
    "Strategy",
    "Survey",
    "SweepResult",
    "Thoughts",
    "Try",
    "Wanted",
    "Wish",
    "apply",
    "apply_tweaks",
    "build",
    "check_export",
    "checkout",
    "clean",
    "compare",
    "compare_result",
    "connect",
    "demo_context",
    "demo_request",
    "diff",
    "doctor",
    "experiment_request",
    "explain",
    "export",
    "find",
    "find_recipe",
    "fix_engine",
    "fix_store",
    "journal",
    "lend_execution",
    "list_cards",
    "list_recipes",
    "list_tweaks",
    "list_workspaces",
    "note",
    "notes",
    "open_forked",
    "open_workspace",
    "preview_tweaks",
    "publish",
    "remove_workspace",
    "report",
    "run",
    "scan",
    "sweep",
    "sync",
    "thoughts",
    "ui",
    "why",
    "write_difference",
]

__getattr__ = lazily(
    __name__,
    {
        "sandbox.api.connecting": "connect demo_context lend_execution",
        "sandbox.api.finding": "find open_forked publish sync why",
        "sandbox.api.keeping": "clean doctor fix_engine fix_store",
        "sandbox.api.knowing": "explain find_recipe list_cards list_recipes",
        "sandbox.api.repositories": (
            "build check_export export list_workspaces open_workspace remove_workspace scan"
        ),
        "sandbox.api.running": (
            "apply checkout compare compare_result demo_request diff experiment_request journal"
            " note notes report run sweep thoughts ui write_difference"
        ),
        "sandbox.api.tweaking": "apply_tweaks list_tweaks preview_tweaks",
        "sandbox.comparing": "Comparison",
        "sandbox.flows.environments.building": "Built",
        "sandbox.flows.home.cleaning": "Cleaned Policy",
        "sandbox.flows.context": "Context",
        "sandbox.flows.results.diary": "Diary Try",
        "sandbox.flows.home.examining": "Finding",
        "sandbox.flows.environments.exporting": "Exported",
        "sandbox.flows.repositories.finding": "Discovery",
        "sandbox.flows.repositories.forking": "Brought",
        "sandbox.flows.results.publishing": "Publication Wish",
        "sandbox.flows.results.guessing": "Thoughts",
        "sandbox.flows.requests": "Continuation Event Request Strategy SweepResult",
        "sandbox.flows.results.retrieving": "Difference Found",
        "sandbox.flows.environments.surveying": "Survey",
        "sandbox.flows.questions.scanning": "Scan",
        "sandbox.flows.questions.tweaking": "Preview",
        "sandbox.flows.results.viewing": "Page",
        "sandbox.github": "Wanted",
        "sandbox.settings": "Settings",
    },
)
