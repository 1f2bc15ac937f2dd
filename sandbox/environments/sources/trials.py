"""What a build is tried with, and what it is tried with next; values only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sandbox.environments.sources.diagnosis import Remedy


@dataclass(frozen=True)
class Trial:
    """One way to build an sdist.

    Attributes:
        needs: PEP 508 requirements of the build environment.
        as_of: ISO date that these are of; None = today.
        compiler: on a base with a compiler.
        system_packages: Debian packages beside the compiler.
        anew: what Cython made for the sdist is made again, for this Python.
    """

    needs: tuple[str, ...]
    as_of: str | None = None
    compiler: bool = False
    system_packages: tuple[str, ...] = ()
    anew: bool = False
    is_first: bool = True

    def after(self, remedy: Remedy, *, own_day: str | None, compiles: bool) -> Trial | None:
        """The next one, with what the last one lacked; None = there is nothing left to try.

        Args:
            own_day: the sdist's own date; tools of that day, not of the Python's, are a last try.
            compiles: a base with a compiler can be had.
        """
        compiler = self.compiler or (remedy.compiler and compiles)
        packages = remedy.system_packages if compiler else ()
        following = replace(
            self,
            needs=tuple(dict.fromkeys((*self.needs, *remedy.needs))),
            compiler=compiler,
            anew=self.anew or remedy.anew,
            system_packages=tuple(dict.fromkeys((*self.system_packages, *packages))),
        )
        if following == self and (compiler or not remedy.compiler):
            following = replace(self, as_of=own_day or self.as_of)
        return None if following == self else replace(following, is_first=False)

    def told_after(self, last: Trial) -> str:
        """What this one has that the last one had not, for the user."""
        more = [need for need in self.needs if need not in last.needs]
        more += ["a compiler"] if self.compiler and not last.compiler else []
        more += [name for name in self.system_packages if name not in last.system_packages]
        more += ["its C made anew"] if self.anew and not last.anew else []
        return f"with {', '.join(more)}" if more else f"with tools of {self.as_of}"
