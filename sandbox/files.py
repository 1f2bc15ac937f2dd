"""Files that others may be reading while we write them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_text(path: Path, text: str, *, safely: bool = False) -> None:
    """Written beside and renamed, so that a reader sees the old text or the new one, whole.

    Args:
        safely: also where the machine loses its power.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            if safely:
                handle.flush()
                os.fsync(handle.fileno())
        os.replace(beside, path)  # noqa: PTH105 - both are plain strings here
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
