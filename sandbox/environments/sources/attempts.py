"""Builds one thing in quarantine, again and again while its log says what was lacking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.domain import Requirements
from sandbox.environments.resolving.eras import settled_on
from sandbox.environments.resolving.sourcing import NotMade
from sandbox.environments.sources.diagnosis import Remedy, find_remedy, reason, tail
from sandbox.environments.sources.quarantine import BuildLimits, Cell
from sandbox.environments.sources.trials import Trial
from sandbox.environments.store.building import Build
from sandbox.errors import BuildError, UnavailableError
from sandbox.interfaces import StepResult, Workbench

_TRIES = 5  # a build at first, and again with what it was found to lack

CompilerBase = Callable[[str, tuple[str, ...]], str]


class NoCompiler(Exception):  # noqa: N818 - an answer, not kept: it may be had the next time
    """No base with a compiler can be had now."""


@dataclass(frozen=True)
class Site:
    """What builds take place with; see `WheelMaker`."""

    workbench: Workbench
    build_environment: Callable[[Requirements, str], Build]
    compiler_base: CompilerBase | None
    limits: BuildLimits
    say: Callable[[str], None]


@dataclass(frozen=True)
class Attempts:
    """Builds one thing.

    Attributes:
        name, source: what it is called when that is told; the file that it is made of.
        python: `X.Y`.
        day: ISO 8601, of what is built; None = not known.
    """

    site: Site
    name: str
    source: str
    python: str
    day: str | None

    def run(
        self,
        needs: tuple[str, ...],
        build: Callable[[Cell], StepResult | NotMade],
        *,
        compiler: bool = False,
        at_last: Callable[[Cell], None] | None = None,
    ) -> NotMade | None:
        """None = the last build went well.

        Args:
            needs: PEP 508 requirements of the build environment.
            build: builds once; NotMade = that was the last time.
            compiler: it is known to need one.
            at_last: called where nothing is known to help, with the place of the last build.

        Raises:
            NoCompiler: it needs one, which may be had the next time.
        """
        trial = first = Trial(needs, self._day(settled=True), compiler=compiler)
        failure = NotMade("its build was not tried")
        cell = None
        for left in reversed(range(_TRIES)):
            try:
                cell = self._cell(trial)
            except BuildError as error:
                if cell is None:
                    return NotMade(f"what its build needs cannot be had: {error.message}")
                break
            done = build(cell)
            if isinstance(done, NotMade):
                return done
            if done.exit_code == 0 and not done.timed_out:
                return None
            if trial.as_of == first.as_of:  # else it is a last try, and tells less
                failure = self._failed(done)
            if done.timed_out or done.out_of_memory:
                return failure
            following = self._next(trial, find_remedy(done.output)) if left else None
            if following is None:
                break
            trial = following
        if cell is not None and at_last is not None:
            at_last(cell)
        return failure

    def _next(self, trial: Trial, remedy: Remedy) -> Trial | None:
        own_day = self._day(settled=False)
        compiles = self.site.compiler_base is not None
        following = trial.after(remedy, own_day=own_day, compiles=compiles)
        if following is not None:
            self.site.say(f"{self.name}: once more {following.told_after(trial)}")
        return following

    def _day(self, *, settled: bool) -> str | None:
        """Its own, or, if later, that at which packages had wheels for that Python."""
        day = self.day[:10] if self.day else None
        return (settled_on(self.python, day) or day) if day and settled else day

    def _cell(self, trial: Trial) -> Cell:
        """Raises BuildError where the build environment cannot be had."""
        site = self.site
        wanted = Requirements(trial.needs, as_of=trial.as_of, sources=(self.source,))
        built = site.build_environment(wanted, self.python)
        base = built.base
        if trial.compiler and site.compiler_base is not None:
            try:
                base = site.compiler_base(self.python, trial.system_packages)
            except UnavailableError as error:
                raise NoCompiler(error.message) from error
        return Cell(site.workbench, base, built.python, site.limits, anew=trial.anew)

    def _failed(self, done: StepResult) -> NotMade:
        why = reason(
            done.output,
            timed_out=done.timed_out,
            out_of_memory=done.out_of_memory,
            timeout_s=self.site.limits.timeout_s,
        )
        if self.site.compiler_base is None and find_remedy(done.output).compiler:
            why = "its build needs a compiler"
        return NotMade(why, tail(done.output))
