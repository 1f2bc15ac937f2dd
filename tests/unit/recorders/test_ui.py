from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.errors import StoreError
from sandbox.recorders import serve_ui


@pytest.mark.slow
def test_a_server_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """A database that is none: the server leaves at once, and nothing of it stays."""
    (tmp_path / "mlflow.db").write_text("this is a text and no database\n" * 100)
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(StoreError, match="did not start") as caught, serve_ui(uri, tmp_path):
        pass
    assert caught.value.hint
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
