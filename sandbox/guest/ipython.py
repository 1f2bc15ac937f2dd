"""Cells run as in Jupyter, by IPython's own shell; importing this fails where IPython is missing.

Works with IPython 7.16 (Python 3.6/3.7) to 9: only the hooks that ipykernel itself overrides are
used.
"""

from __future__ import annotations

import builtins
import getpass
import os
from typing import TYPE_CHECKING, Any, Callable

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

if TYPE_CHECKING:
    from .publishing import Ending, Publisher


class _Results(DisplayHook):
    """The value of a cell's last expression, as `execute_result`."""

    _formats: Any = None

    def start_displayhook(self) -> None:
        self._formats = None

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self._formats = (format_dict, md_dict or {})

    def finish_displayhook(self) -> None:
        if self._formats is not None and self._formats[0]:
            data, metadata = self._formats
            shell: Any = self.shell
            shell.publisher.show("result", data, metadata, count=self.prompt_count)


class _Displays(DisplayPublisher):
    """`display()`, `update_display()` and `clear_output()`."""

    def publish(self, data: Any, metadata: Any = None, *_: Any, **options: Any) -> None:
        transient = options.get("transient") or {}
        fields = {"update": bool(options.get("update"))}
        if isinstance(transient.get("display_id"), str):
            fields["display_id"] = transient["display_id"]
        shell: Any = self.shell
        shell.publisher.show("display", data, metadata, **fields)

    def clear_output(self, wait: bool = False) -> None:  # noqa: FBT001, FBT002 - IPython's
        self.shell.publisher.clear(wait=bool(wait))


class _Shell(InteractiveShell):
    displayhook_class = Type(_Results)
    display_pub_class = Type(_Displays)
    publisher: Publisher
    failed = False

    def enable_gui(self, gui: str | None = None) -> None:
        """No window can open here; `%matplotlib inline` asks for it all the same."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.failed = True
        self.publisher.error(getattr(etype, "__name__", str(etype)), evalue, stb)

    def ask_exit(self) -> None:
        """`exit` and `quit` end nothing: the remaining cells are still wanted."""


class Shell:
    """The one IPython shell of this worker."""

    def __init__(self, publisher: Publisher) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.cache_size = 1000
        config.InteractiveShell.colors = "NoColor"
        home = os.environ.get("HOME", "/tmp")
        os.environ.setdefault("IPYTHONDIR", os.path.join(home, ".ipython"))
        setattr(getpass, "getpass", builtins.input)  # noqa: B010 - prompts go the same way
        self._publisher = publisher
        self._shell: Any = _Shell.instance(config=config)
        self._shell.publisher = publisher
        self._shell.Completer.use_jedi = False

    def after_cells(self, function: Callable[[], None]) -> None:
        self._shell.events.register("post_run_cell", lambda *_: function())

    def run(self, source: str) -> Ending:
        if not source.strip():
            return "ok", None, None
        self._shell.failed = False
        result = self._shell.run_cell(source, store_history=True)
        count = result.execution_count
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return "ok", count, None
        if not self._shell.failed:
            name = type(error).__name__
            self._publisher.error(name, error, [f"{name}: {error}"])
        return "error", count, None
