"""What is known of sdists and of builds, in small files beside them."""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from sandbox.environments.remembering import sha256_of
from sandbox.environments.resolving.sourcing import NotMade
from sandbox.environments.sources.sdists import Sdist
from sandbox.files import write_text

_REMEMBERED_S = 24 * 3600.0


def recall(folder: Path) -> Path | NotMade | None:
    """The wheel that was made there, or why there is none; None = not known, or long ago."""
    wheel = next((one for one in sorted(folder.glob("*.whl")) if zipfile.is_zipfile(one)), None)
    return recall_failure(folder) if wheel is None else wheel


def recall_failure(folder: Path) -> NotMade | None:
    """Why what was to be made there was not; None = not known, or long ago."""
    try:
        known = json.loads((folder / "failed.json").read_text(encoding="utf-8"))
        fresh = 0 <= time.time() - known["at"] < _REMEMBERED_S
        return NotMade(str(known["why"]), tuple(map(str, known["log"]))) if fresh else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remember(folder: Path, result: Path | NotMade) -> None:
    """A wheel lies in its place already."""
    if isinstance(result, NotMade):
        known = {**asdict(result), "at": time.time()}
        write_text(folder / "failed.json", json.dumps(known))


def recall_reasons(folder: Path) -> dict[str, NotMade]:
    """Why parts of what was to be made there were not; none where all were, or it is not known."""
    try:
        known = json.loads((folder / "lacking.json").read_text(encoding="utf-8"))
        return {str(part): NotMade(str(why), tuple(map(str, log))) for part, why, log in known}
    except (OSError, ValueError, TypeError):
        return {}


def remember_reasons(folder: Path, reasons: Mapping[str, NotMade]) -> None:
    """For as long as what was made is kept."""
    known = [(part, one.why, one.log) for part, one in reasons.items()]
    write_text(folder / "lacking.json", json.dumps(known))


def has_reasons(folder: Path) -> bool:
    """Whether what was made there is not all that was to be made."""
    return (folder / "lacking.json").exists()


def forget_reasons(folder: Path) -> None:
    """All was made."""
    (folder / "lacking.json").unlink(missing_ok=True)


def load_sdist(folder: Path) -> Sdist | None:
    """The sdist that lies there whole; None = there is none."""
    try:
        known = json.loads((folder / "sdist.json").read_text(encoding="utf-8"))
        sdist = Sdist(**{**known, "notes": tuple(known.get("notes", ()))}, url="")
    except (OSError, ValueError, TypeError, AttributeError):
        return None
    file = folder / sdist.filename
    whole = file.is_file() and sha256_of(file) == sdist.sha256  # else its failure would be kept
    return sdist if whole else None


def save_sdist(folder: Path, sdist: Sdist) -> None:
    """Without its address, which may hold a secret."""
    known = {key: value for key, value in asdict(sdist).items() if key != "url"}
    write_text(folder / "sdist.json", json.dumps(known))
