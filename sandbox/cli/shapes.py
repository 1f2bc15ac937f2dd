"""The JSON shapes that programs rely on, and the lines that say the same to people: pure functions.

More keys may be added; none is renamed without a new major version.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.api import (
        Brought,
        Difference,
        Discovery,
        Exported,
        Found,
        Publication,
        Scan,
        Survey,
        SweepResult,
    )
    from sandbox.domain import Entry, Run, Tunable, Workspace
    from sandbox.github import Answer, RepoCard
    from sandbox.notebooks import CellDifference
    from sandbox.recipes import Card, Recipe


def bytes_text(number: int | None) -> str:
    """Bytes as disks are sold: `412 MB`, `1.2 GB`; `?` where not known."""
    if number is None:
        return "?"
    if number >= 1e9:
        return f"{number / 1e9:.1f} GB"
    return f"{number / 1e6:.0f} MB" if number >= 1e6 else f"{number / 1e3:.0f} kB"


def workspace(one: Workspace) -> dict[str, object]:
    """A workspace."""
    return {
        "name": one.name,
        "root": one.root,
        "source": one.repo.source,
        "full_name": one.repo.full_name,
        "ref": one.ref,
        "commit": one.commit,
        "committed_at": one.committed_at,
        "written_at": one.written_at,
        "notes": list(one.notes),
    }


def recipe(one: Recipe) -> dict[str, object]:
    """A recipe, as its file has it."""
    return asdict(one)


def discovery(found: Discovery) -> dict[str, object]:
    """What `find` found."""
    own = [asdict(one) for one in found.own]
    return {"problem": found.problem, "own": own, **answer(found.answer)}


def answer(one: Answer) -> dict[str, object]:
    """Repositories of GitHub, with the reasons for their scores."""
    return {
        "results": [_repo_card(card) for card in one.results],
        "total": one.total,
        "api_calls": one.api_calls,
        "notes": list(one.notes),
    }


def _repo_card(card: RepoCard) -> dict[str, object]:
    one = card.candidate
    return {
        "full_name": one.full_name,
        "url": one.url,
        "score": card.score,
        "reasons": [str(reason) for reason in card.reasons],
        "points": [[reason.text, reason.points] for reason in card.reasons],
        "license": one.license,
        "stars": one.stars,
        "size_bytes": one.size_bytes,
        "description": one.description,
        "topics": list(one.topics),
        "pushed_at": one.pushed_at,
        "facts": asdict(card.facts) if card.facts else None,
    }


def brought(one: Brought) -> dict[str, object]:
    """What `sync` did."""
    done = one.synced
    return {
        "workspace": workspace(done.workspace),
        "before": done.before,
        "after": done.after,
        "changed": list(done.changed),
        "notes": list(done.notes),
        "fork": one.fork,
    }


def publication(one: Publication) -> dict[str, object]:
    """What has left, or would."""
    told = asdict(one)
    told["secrets"] = [asdict(secret) for secret in one.secrets]
    return told


def notebook_text(text: str) -> str:
    """The cells of an executed notebook and what they printed; pictures by their kind."""
    lines: list[str] = []
    for cell in json.loads(text).get("cells", ()):
        lines += ["", *"".join(cell.get("source", "")).splitlines()]
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            shown = output.get("text") or data.get("text/plain") or output.get("traceback") or ""
            lines += [f"  | {line}" for line in "".join(shown).splitlines()]
            lines += [f"  | ({kind})" for kind in data if kind.startswith("image/")]
    return "\n".join(lines)


def card_row(card: RepoCard) -> tuple[str, str, str]:
    """Stars, size and licence of a repository, for a table."""
    one = card.candidate
    licensed = one.license or ("own" if card.facts and card.facts.has_license else "none")
    return f"{one.stars:,}", bytes_text(one.size_bytes), licensed


def card(one: Card) -> dict[str, object]:
    """A concept's card."""
    told = asdict(one)
    told["try"] = told.pop("to_try")
    return told


def scan(found: Scan) -> dict[str, object]:
    """Entries, and the tunables of one of them."""
    return {
        "entries": [_entry(one) for one in found.entries],
        "entry": found.entry.path if found.entry else None,
        "tunables": [tunable(one) for one in found.tunables],
        "tweaks": [tunable(one) for one in found.tweaks],
        "skipped": list(found.skipped),
    }


def _entry(one: Entry) -> dict[str, object]:
    return {"path": one.path, "kind": one.kind, "score": one.score, "reasons": list(one.reasons)}


def tweak_row(one: Tunable) -> tuple[str, str, str, str, str]:
    """A built-in tweak in a table: name, now, what to try, where, what it does."""
    where = f"{one.file}:{one.line}"
    return one.name, one.value or "", ", ".join(one.suggested), where, one.help or ""


def tweak_command(target: str, entry: str | None, one: Tunable) -> str:
    """What a user types to see what a built-in tweak would change."""
    value = f"={one.suggested[0]}" if one.suggested and not one.is_switch else ""
    words = ["sandbox", "tweak", "show", target, f"{one.name}{value}"]
    return shlex.join([*words, "--entry", entry] if entry else words)


def tunable(one: Tunable) -> dict[str, object]:
    """A tunable, or a built-in tweak."""
    names = ("name", "kind", "file", "line", "qualified_name", "value", "type", "help", "worth")
    plain = {name: getattr(one, name) for name in (*names, "concept")}
    lists = {name: list(getattr(one, name)) for name in ("choices", "suggested", "flows_to")}
    return {**plain, **lists}


def build(survey: Survey) -> dict[str, object]:
    """An environment, what was decided on the way, and which entries find what they import."""
    built, environment = survey.built, survey.built.environment
    return {
        "environment": environment.id,
        "python": environment.python,
        "packages": environment.packages,
        "cached": built.build.cached,
        "elapsed_s": built.build.elapsed_s,
        "decisions": list(built.decisions),
        "own": list(built.own.told),
        "dropped": [asdict(one) for one in built.dropped],
        "imports": {"ok": list(survey.ok), "failed": [asdict(one) for one in survey.failed]},
        "elsewhere": [{"name": name, "needs": what} for name, what in survey.elsewhere.items()],
        "entries": [
            {
                "path": one.path,
                "environment": one.environment,
                "failed": [lost.name for lost in one.failed],
            }
            for one in survey.entries
        ],
        "as_of": built.requirements.as_of,
        "sources": list(built.requirements.sources),
        "from_source": sorted(environment.from_source),
        "system_packages": list(built.system),
        "accelerator": environment.accelerator,
        "base": built.build.base,
        "size_bytes": built.build.size_bytes,
        "new_bytes": built.build.new_bytes,
        "lock": built.lock,
    }


def exported(done: Exported) -> dict[str, object]:
    """What was written for `docker build`."""
    return {"folder": str(done.folder), "files": list(done.files), "notes": list(done.notes)}


def sweep(result: SweepResult) -> dict[str, object]:
    """A sweep and its runs."""
    return {
        "sweep": result.sweep.id,
        "workspace": result.sweep.workspace,
        "status": result.status,
        "experiment_id": result.experiment_id,
        "tracking_uri": result.tracking_uri,
        "runs": [run(one) for one in result.runs],
        "notes": list(result.notes),
    }


def run(one: Run) -> dict[str, object]:
    """One run."""
    names = ("variant", "run_id", "name", "status", "cause", "elapsed_s", "peak_memory_bytes")
    plain = {
        name: getattr(one, name) for name in (*names, "repeat", "shared_s", "cpu_s", "exit_code")
    }
    return {
        **plain,
        "shared_prefix": one.shared_prefix,
        "parameters": dict(one.parameters),
        "tweaks": [asdict(tweak) for tweak in one.tweaks],
        "metrics": dict(one.metrics),
        "entry": one.entry,
        "environment": one.environment,
        "commit": one.commit,
        "notes": list(one.notes),
    }


def found(one: Found) -> dict[str, object]:
    """A run with where it stands."""
    return {"workspace": one.workspace.name, "sweep": one.sweep.id, "run": run(one.run)}


def values_of(one: Found) -> str:
    """What the run was told besides its files, in words; empty where that is nothing."""
    values = ", ".join(f"{name}={value}" for name, value in one.run.parameters.items())
    return (
        f"it ran with {values}; flags and papermill's parameters are not in files" if values else ""
    )


def difference(one: Difference) -> dict[str, object]:
    """What two runs have other than each other, each pair as left and right; null = not known."""
    return {
        "left": found(one.left),
        "right": found(one.right),
        "facts": {name: list(pair) for name, pair in one.facts.items()},
        "parameters": {name: list(pair) for name, pair in one.parameters.items()},
        "packages": None
        if one.packages is None
        else {name: list(pair) for name, pair in one.packages.items()},
        "metrics": {name: list(pair) for name, pair in one.metrics.items()},
        "source": one.source,
        "output": one.output,
        "notebook": None
        if one.notebook is None
        else [cell_difference(cell) for cell in one.notebook if not cell.is_same],
    }


def cell_difference(one: CellDifference) -> dict[str, object]:
    """Cells by their number from 1; null = the other notebook has no such cell."""
    return {
        "left": one.left,
        "right": one.right,
        "kind": one.kind,
        "same_source": one.same_source,
        "same_outputs": one.same_outputs,
        "outputs": list(one.shows),
        "by_place": one.by_place,
    }


def scalars(one: Run) -> list[dict[str, object]]:
    """What was read from the output, each number with its line."""
    return [asdict(scalar) for scalar in one.scalars]
