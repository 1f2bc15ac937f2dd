"""Cells run as in Jupyter, by IPython's own shell; importing this fails where IPython is missing.

Works with IPython 7.16 (Python 3.6/3.7) to 9: only the hooks that ipykernel itself overrides are used.
"""

import builtins
import getpass
import os
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

_publisher = None


class _Results(DisplayHook):
    """The value of a cell's last expression, as `execute_result`."""

    _formats = None

    def start_displayhook(self):
        self._formats = None

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self._formats = (format_dict, md_dict or {})

    def finish_displayhook(self):
        if self._formats is not None and self._formats[0]:
            data, metadata = self._formats
            _publisher.show("result", data, metadata, count=self.prompt_count)


class _Displays(DisplayPublisher):
    """`display()`, `update_display()` and `clear_output()`."""

    def publish(self, data, metadata=None, *args, **kwargs):
        transient = kwargs.get("transient") or {}
        fields = {"update": bool(kwargs.get("update"))}
        if isinstance(transient.get("display_id"), str):
            fields["display_id"] = transient["display_id"]
        _publisher.show("display", data, metadata, **fields)

    def clear_output(self, wait=False):
        _publisher.clear(wait)


class _Shell(InteractiveShell):
    displayhook_class = Type(_Results)
    display_pub_class = Type(_Displays)
    failure = None

    def enable_gui(self, gui=None):
        """No window can open here; `%matplotlib inline` asks for it all the same."""

    def _showtraceback(self, etype, evalue, stb):
        self.failure = (getattr(etype, "__name__", str(etype)), evalue, stb)
        _publisher.error(*self.failure)

    def ask_exit(self):
        """`exit` and `quit` end nothing: the remaining cells are still wanted."""


class Shell:
    """The one IPython shell of this worker."""

    def __init__(self, publisher, arguments):
        global _publisher
        _publisher = publisher
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.cache_size = 1000
        config.InteractiveShell.colors = "NoColor"
        os.environ.setdefault("IPYTHONDIR", os.path.join(os.environ.get("HOME", "/tmp"), ".ipython"))
        sys.argv[:] = arguments
        getpass.getpass = builtins.input
        self._shell = _Shell.instance(config=config)
        self._shell.Completer.use_jedi = False

    def run(self, source):
        if not source.strip():
            return "ok", None, None
        self._shell.failure = None
        result = self._shell.run_cell(source, store_history=True)
        count = result.execution_count
        error = result.error_before_exec or result.error_in_exec
        if error is None:
            return "ok", count, None
        if self._shell.failure is None:
            _publisher.error(type(error).__name__, error, ["{}: {}".format(type(error).__name__, error)])
        return "error", count, None
