"""What environments are made with: indexes, bases, the Store, and wheels made from source."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sandbox import environments
from sandbox.domain import Dropped, Environment, PackageIndexes, Requirements
from sandbox.errors import SandboxError
from sandbox.flows.context import Context
from sandbox.flows.environments.following import fetch_git
from sandbox.interfaces import SourceTree, Workbench

if TYPE_CHECKING:
    from sandbox.environments import (
        Base,
        MadeModules,
        MadeWheel,
        NotMade,
        OwnBuild,
        OwnTree,
        Raised,
        Remedy,
        Standby,
        Wish,
    )


class Tooling:
    """Resolves and builds as the settings say; opens the engine when first needed.

    Args:
        accelerator: `cpu`, `cuda`, or `auto` = `cuda` where the engine can hand out a GPU.
        refresh: branches that were fetched are fetched again.
    """

    def __init__(self, context: Context, accelerator: str, *, refresh: bool = False) -> None:
        self._context, self._refresh = context, refresh
        self._asked = accelerator
        self._resolved: dict[tuple[tuple[str, ...], str | None, str], Environment] = {}
        # Asking pip takes 0.3 s of another process; the manifests are read meanwhile.
        pool = ThreadPoolExecutor(1)
        self._indexes = pool.submit(context.settings.load_indexes)
        pool.shutdown(wait=False)

    @cached_property
    def accelerator(self) -> str:
        if self._asked != "auto":
            return self._asked
        return "cuda" if self._context.engine.describe().gpus else "cpu"

    @cached_property
    def indexes(self) -> PackageIndexes:
        return self._indexes.result()

    @cached_property
    def workbench(self) -> Workbench:
        return self._context.engine.workbench()

    @cached_property
    def pythons(self) -> tuple[str, ...]:
        """Python versions an Environment can be built for, `X.Y`."""
        context = self._context
        registry, engine = context.settings.registry, context.engine.name
        return environments.available_pythons(
            cache=context.home.cache, registry=registry, engine=engine
        )

    @property
    def make_wheels(self) -> environments.MakeWheels | None:
        """None on this machine itself: a package's own build is a stranger's code."""
        if self._context.engine.name == "local":
            return None
        return self._make_wheels

    def _make_wheels(self, wishes: Sequence[Wish]) -> Sequence[MadeWheel | NotMade]:
        """Most builds make none, and need not know how."""
        return self._wheel_maker(wishes)

    def make_modules(
        self, tree: OwnTree, own: OwnBuild, environment: Environment
    ) -> MadeModules | NotMade:
        """What the repository itself makes, for an Environment; see `environments.make_modules`."""
        if self._context.engine.name == "local":
            return environments.NotMade("it is a stranger's code, not run on this machine itself")
        return environments.make_modules(
            self._wheel_maker,
            tree,
            own,
            python=environment.python,
            packages=environment.packages,
        )

    def load_modules(
        self, tree: SourceTree, made: Sequence[MadeModules], build: environments.Build
    ) -> dict[str, str]:
        """Those that do not load where they are to be run; see `environments.load_modules`."""
        return environments.load_modules(self.workbench, tree, made, build)

    @cached_property
    def _wheel_maker(self) -> environments.WheelMaker:
        return environments.WheelMaker(
            workbench=self.workbench,
            indexes=self.indexes,
            home=self._context.home,
            base_for=lambda python: self.base(python).image,
            build_environment=self._build_environment,
            compiler_base=self._compiler_base,
            fetch_git=partial(fetch_git, self._context),
            again=self._refresh,
            on_line=self._context.tell,
        )

    def resolve(
        self, requirements: Requirements, *, extra: Sequence[str] = (), standby: Standby
    ) -> Environment:
        """With everything there is; see `environments.resolve`.

        Args:
            standby: is started as soon as the Python is chosen, where its base is there.
        """
        asked = (*requirements.packages, *extra)

        def start(python: str) -> None:
            with suppress(SandboxError):  # the build itself will meet it again
                base = environments.find_base(self.workbench, python=python, **self._where)
                if base is not None and not requirements.system_packages:
                    names = [environments.name_of(text) for text in asked]
                    standby.start(self.workbench, base, self._context.home, names)

        return environments.resolve(
            requirements,
            indexes=self.indexes,
            pythons=self.pythons,
            extra=extra,
            cache=self._context.home.cache,
            make_wheels=self.make_wheels,
            accelerator=self.accelerator,
            on_python=start,
        )

    def find_remedies(
        self, failed: Sequence[Dropped], environment: Environment, requirements: Requirements
    ) -> Sequence[Remedy]:
        """See `environments.find_remedies`; what no table knows is looked for in releases."""
        learned = self._learned(failed, environment)
        return environments.find_remedies(failed, environment, requirements, learned)

    def find_run_remedies(
        self, raised: Raised, environment: Environment, requirements: Requirements
    ) -> Sequence[Remedy]:
        """See `environments.run_remedies`; releases are looked into as for imports."""
        learned = self._learned([raised.lost], environment)
        return environments.run_remedies(raised, environment, requirements, learned)

    def _learned(self, failed: Sequence[Dropped], environment: Environment) -> Mapping[str, str]:
        return environments.find_releases(
            environments.unexplained(failed, environment),
            indexes=self.indexes,
            cache=self._context.home.cache,
            python=environment.python,
            machine=platform.machine(),
            on_line=self._context.tell,
        )

    def build(
        self,
        environment: Environment,
        base: Base,
        *,
        imports: Sequence[str] = (),
        standby: Standby | None = None,
    ) -> environments.Build:
        """With everything there is; see `environments.build`."""
        return environments.build(
            environment,
            self.workbench,
            base=base.image,
            indexes=self.indexes,
            home=self._context.home,
            imports=imports,
            make_wheels=self.make_wheels,
            on_line=self._context.tell,
            standby=standby,
            again=self._refresh,
        )

    def base(self, python: str, system_packages: Sequence[str] = ()) -> Base:
        """The image for that Python, with those of the packages that Debian has."""
        return environments.derived_base(
            self.workbench, python=python, system_packages=system_packages, **self._bases
        )

    @property
    def _bases(self) -> dict[str, Any]:
        return {**self._where, "on_line": self._context.tell}

    @property
    def _where(self) -> dict[str, Any]:
        context = self._context
        return {
            "cache": context.home.cache,
            "registry": context.settings.registry,
            "image": context.settings.base_image,
        }

    def _compiler_base(self, python: str, system_packages: Sequence[str]) -> str:
        return environments.compiler_base(
            self.workbench, python=python, system_packages=system_packages, **self._bases
        )

    def _build_environment(self, requirements: Requirements, python: str) -> environments.Build:
        """What a package's own build needs: wheels alone, or there would be no end to it.

        Many an sdist needs just what another one does: that is resolved once.
        """
        home, indexes = self._context.home, self.indexes
        key = (requirements.packages, requirements.as_of, python)
        if key not in self._resolved:
            self._resolved[key] = environments.resolve(
                requirements, indexes=indexes, pythons=(python,), cache=home.cache
            )
        (sdist,) = requirements.sources
        return environments.build(
            self._resolved[key],
            self.workbench,
            base=self.base(python).image,
            indexes=indexes,
            home=home,
            on_line=lambda line: self._context.tell(f"{sdist}: {line}"),
        )
