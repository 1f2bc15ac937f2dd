"""What is told of a run to people elsewhere: commit messages and Markdown, made of its record."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.domain import Run, Sweep
from sandbox.foreign import listed, printable, without_userinfo

MOST_METRICS = 8
PATCH = "tweak.patch"
"""What the change of code is called beside a report."""
_LONGEST = 72
_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#|~@])")


@dataclass(frozen=True)
class Told:
    """A run to be published.

    Attributes:
        upstream: `owner/name`, or an address.
        commit: what it is a change of.
        files: paths that are other ones than there.
        fork: address of the repository that its branch goes to; None = there is only a patch.
        baseline: of the same sweep; None = there is none.
    """

    run: Run
    sweep: Sweep
    upstream: str
    commit: str
    files: tuple[str, ...] = ()
    fork: str | None = None
    baseline: Run | None = None

    @property
    def branch(self) -> str:
        """`sandbox/lr-0.1-3f2a9c01`: what was changed, and a part of the variant's id."""
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", self.run.name).strip("-.").lower()
        slug = re.sub(r"\.{2,}", ".", slug).removesuffix(".lock")[:40].strip("-.")
        return f"sandbox/{slug or 'variant'}-{self.run.variant[:8]}"


def title_of(told: Told) -> str:
    """`lr=0.1: val_loss 1.84 (baseline 2.01)`, as long as a commit's first line may be."""
    name = _line(told.run.name)
    for metric in _metrics(told):
        whole = f"{name}: {metric}"
        return whole if len(whole) <= _LONGEST else _cut(name)
    return _cut(name)


def commit_message(told: Told) -> str:
    """Title, what was changed, what it did, and how to see it again; plain text."""
    parts = [title_of(told), "\n".join(["Changed:", *_changes(told)])]
    if effects := list(_metrics(told)):
        parts.append("\n".join(["Effect:", *(f"  {one}" for one in effects)]))
    parts.append("\n".join(["To see it again:", *(f"  {one}" for one in commands(told))]))
    return "\n\n".join(parts) + "\n"


def body_of(told: Told) -> str:
    """The same as Markdown, for a pull request and a gist; nothing in it is taken for markup."""
    rows = [f"| {_escaped(one.name)} | {_escaped(one.value)} |" for one in told.run.tweaks]
    table = ["| tweak | value |", "|---|---|", *rows]
    shell = ["```sh", *commands(told), "```"]
    effects = [f"- {_escaped(one)}" for one in _metrics(told)] or ["- no metric was read"]
    where = f"A change of `{_code(told.upstream)}` at `{told.commit[:12]}`, tried in isolation."
    files = f"Files: {_escaped(listed(told.files, 20))}" if told.files else "No file is changed."
    parts = [
        where,
        "\n".join(table),
        files,
        "\n".join(effects),
        "\n".join(["See it again:", "", *shell]),
    ]
    return "\n\n".join(parts) + "\n"


def commands(told: Told) -> tuple[str, ...]:
    """What someone types who wants to see the same."""
    name = told.sweep.workspace
    source, ref = (told.fork, told.branch) if told.fork else (told.upstream, told.commit)
    again = ["sandbox", "open", source, "--ref", ref, "--as", name]
    words = ["sandbox", "run", name, told.run.entry, *_options(told)]
    if passed := _passed_on(told):
        words += ["--", *passed]
    return tuple(without_userinfo(printable(shlex.join(one))) for one in (again, words))


def _options(told: Told) -> Iterator[str]:
    """Changes of code are in the branch; of a gist they are its patch. Flags are in neither."""
    if told.files and not told.fork:
        yield from ("--patch", PATCH)
    for tweak in told.run.tweaks:
        if tweak.tunable is not None and not tweak.name.startswith("tweak:"):
            yield from ("-p", f"{tweak.name}={tweak.value}")


def _passed_on(told: Told) -> list[str]:
    given = told.sweep.request.get("arguments")
    return [str(one) for one in given] if isinstance(given, list | tuple) else []


def _changes(told: Told) -> Iterator[str]:
    for tweak in told.run.tweaks:
        where = f"  ({_line(tweak.tunable)})" if tweak.tunable else ""
        yield f"  {_line(tweak.name)} = {_line(tweak.value)}{where}"
    if told.files:
        yield f"  files: {listed(told.files, 20)}"


def _metrics(told: Told) -> Iterator[str]:
    """Those with a known direction first: they are what the sweep asks about."""
    known = told.sweep.directions
    before = told.baseline.metrics if told.baseline else {}
    for name in sorted(told.run.metrics, key=lambda one: one not in known)[:MOST_METRICS]:
        base = f" (baseline {before[name]:.5g})" if name in before else ""
        yield f"{_line(name)} {told.run.metrics[name]:.5g}{base}"


def _line(text: str, most: int = 200) -> str:
    return without_userinfo(printable(text))[:most]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", _line(text))


def _code(text: str) -> str:
    return _line(text).replace("`", "'")
