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
        Scan,
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
    from sandbox.flows.building import Built
    from sandbox.flows.cleaning import Cleaned, Policy
    from sandbox.flows.context import Context
    from sandbox.flows.diary import Diary, Try
    from sandbox.flows.examining import Finding
    from sandbox.flows.exporting import Exported
    from sandbox.flows.finding import Discovery
    from sandbox.flows.forking import Brought
    from sandbox.flows.guessing import Thoughts
    from sandbox.flows.publishing import Publication, Wish
    from sandbox.flows.requests import Continuation, Event, Request, Strategy, SweepResult
    from sandbox.flows.retrieving import Difference, Found
    from sandbox.flows.surveying import Survey
    from sandbox.flows.tweaking import Preview
    from sandbox.flows.viewing import Page
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
            "Scan build check_export export list_workspaces open_workspace remove_workspace scan"
        ),
        "sandbox.api.running": (
            "apply checkout compare compare_result demo_request diff experiment_request journal"
            " note notes report run sweep thoughts ui write_difference"
        ),
        "sandbox.api.tweaking": "apply_tweaks list_tweaks preview_tweaks",
        "sandbox.comparing": "Comparison",
        "sandbox.flows.building": "Built",
        "sandbox.flows.cleaning": "Cleaned Policy",
        "sandbox.flows.context": "Context",
        "sandbox.flows.diary": "Diary Try",
        "sandbox.flows.examining": "Finding",
        "sandbox.flows.exporting": "Exported",
        "sandbox.flows.finding": "Discovery",
        "sandbox.flows.forking": "Brought",
        "sandbox.flows.publishing": "Publication Wish",
        "sandbox.flows.guessing": "Thoughts",
        "sandbox.flows.requests": "Continuation Event Request Strategy SweepResult",
        "sandbox.flows.retrieving": "Difference Found",
        "sandbox.flows.surveying": "Survey",
        "sandbox.flows.tweaking": "Preview",
        "sandbox.flows.viewing": "Page",
        "sandbox.github": "Wanted",
        "sandbox.settings": "Settings",
    },
)
