"""The error tree: every failure that is not our own bug.

SandboxError                    exit code
├── InputError                  2   what the user typed, or a file they wrote, cannot be used
│   ├── TargetError                 not a repository, no such ref, workspace name taken
│   ├── EntryError                  no such script or notebook, or one that cannot be run
│   ├── TunableError                unknown, ambiguous or unfitting `-p name=value`
│   └── RecipeError                 a recipe, experiment or settings file that does not load
├── RefusedError                3   possible, but against policy
├── BuildError                  1   the repository's environment cannot be resolved or built
└── UnavailableError            4   something this machine should offer is not there
    ├── EngineError                 no engine, or it went away
    ├── NetworkError                a remote or the package index does not answer
    │   └── LimitError                  it answers again later: its limit is reached
    └── StoreError                  disk full, Store or tracking store not usable

The studied code failing is none of these: it is a `Run` with a status.
Only the message is positional, so every error can be pickled.
"""

from __future__ import annotations

from typing import ClassVar


class SandboxError(Exception):
    """Root of the tree.

    Args:
        message: what happened, with the value; lower case, no full stop.
        hint: the next command or step that helps.
        facts: further values for `--json` output and logs; must be picklable.
    """

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str | None = None, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.hint, self.facts)


def _rebuild(
    kind: type[SandboxError], message: str, hint: str | None, facts: dict[str, object]
) -> SandboxError:
    return kind(message, hint=hint, **facts)


class InputError(SandboxError):
    """What the user typed, or a file they wrote, cannot be used."""

    exit_code = 2


class TargetError(InputError):
    """Not a repository, no such ref, or a workspace name that is taken."""


class EntryError(InputError):
    """No such script or notebook, or one that cannot be run."""


class TunableError(InputError):
    """An unknown, ambiguous or unfitting `-p name=value`."""


class RecipeError(InputError):
    """A recipe, experiment or settings file that does not load."""


class RefusedError(SandboxError):
    """Possible, but against policy."""

    exit_code = 3


class BuildError(SandboxError):
    """The repository's environment cannot be resolved or built."""

    exit_code = 1


class UnavailableError(SandboxError):
    """Something this machine should offer is not there."""

    exit_code = 4


class EngineError(UnavailableError):
    """No engine answers, or it went away."""


class NetworkError(UnavailableError):
    """A remote or the package index does not answer."""


class LimitError(NetworkError):
    """A service answers no more for now, since its limit of requests is reached."""


class StoreError(UnavailableError):
    """The disk is full, or the Store or the tracking store cannot be used."""
