"""How much there is to download is told before it is: an index that tells sizes (PEP 700)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sandbox import api
from tests.support.commands import write_repository
from tests.support.index_server import Answer, Index, serve_index
from tests.support.wheels import make_wheel

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}


def _offer(index: Index, wheel: Path) -> None:
    """Its page, its metadata (PEP 658), and the file itself."""
    data = wheel.read_bytes()
    name, place = wheel.name.partition("-")[0], f"/files/{wheel.name}"
    file = {
        "filename": wheel.name,
        "url": index.url.removesuffix("/simple") + place,
        "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
        "size": len(data),
        "core-metadata": True,
        "upload-time": "2019-01-01T00:00:00Z",
    }
    page = {"meta": {"api-version": "1.1"}, "name": name, "files": [file], "versions": ["1.0"]}
    index.answers[f"/simple/{name}/"] = Answer(json.dumps(page).encode(), headers=JSON)
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode()
    index.answers[f"{place}.metadata"] = Answer(metadata)
    index.answers[place] = Answer(data, headers={"Content-Type": "application/octet-stream"})


def test_how_much_there_is_to_download_at_most_is_told_once_and_before_it_is(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    large = {"alpha.py": "", "alpha.txt": "x" * 3_000_000}
    with serve_index() as index:
        _offer(index, make_wheel(tmp_path / "files", "alpha", "1.0", modules=large))
        _offer(index, make_wheel(tmp_path / "files", "beta", "1.0"))
        home = tmp_path / "home"
        home.mkdir()
        settings = f'engine = "local"\n[indexes]\nindex_url = "{index.url}/"\n'
        (home / "sandbox.toml").write_text(settings)
        context = api.connect(home, environ={}, folder=tmp_path, tell=said.append)
        code = {"train.py": "import alpha, beta\nprint(alpha, beta)\n"}
        target = str(write_repository(tmp_path / "repo", code))
        assert api.build(context, target).ok == ("alpha", "beta")
        api.build(context, target)
    (told,) = [line for line in said if "to download" in line]
    assert told.startswith("2 packages, 3 MB to download at most")
    assert said.index(told) < next(at for at, line in enumerate(said) if "installing" in line)
