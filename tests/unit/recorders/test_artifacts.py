from __future__ import annotations

import os
import stat
from pathlib import Path

from sandbox.recorders.artifacts import keep_artifacts, local_folder, plan_artifacts


class FakeClient:
    """Takes uploads as MLflow's client does: the file's own name, below a folder."""

    def __init__(self) -> None:
        self.uploaded: dict[str, bytes] = {}

    def log_artifact(self, run_id: str, path: str, folder: str | None) -> None:
        assert not Path(path).is_symlink()
        self.uploaded["/".join(filter(None, (folder, Path(path).name)))] = Path(path).read_bytes()


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_files_land_where_mlflow_looks(tmp_path: Path) -> None:
    (tmp_path / "made.ipynb").write_bytes(b"{}")
    planned, notes = plan_artifacts({"files/made.ipynb": str(tmp_path / "made.ipynb")})
    uri = (tmp_path / "a b" / "artifacts").as_uri()
    assert keep_artifacts(FakeClient(), "run", uri, planned) == ()
    assert notes == ()
    assert files_below(tmp_path / "a b" / "artifacts") == {"files/made.ipynb": b"{}"}


def test_the_same_files_given_again_are_there_once(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes(b"one")
    planned, _ = plan_artifacts({"log.txt": str(tmp_path / "log.txt")})
    keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)
    (tmp_path / "log.txt").write_bytes(b"two")
    keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)
    assert files_below(tmp_path / "kept") == {"log.txt": b"two"}


def test_a_server_gets_the_files_by_their_given_names(tmp_path: Path) -> None:
    (tmp_path / "notebook.ipynb").write_bytes(b"{}")
    client = FakeClient()
    files = {"a/b.ipynb": tmp_path / "notebook.ipynb", "c.txt": tmp_path / "notebook.ipynb"}
    keep_artifacts(client, "run", "mlflow-artifacts:/1/2", files)
    assert client.uploaded == {"a/b.ipynb": b"{}", "c.txt": b"{}"}


def test_no_link_no_pipe_and_no_folder_is_kept(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    names = ("link", "loop", "pipe", "folder", "absent", "nul\0")
    planned, notes = plan_artifacts({name: str(tmp_path / name) for name in names})
    assert planned == {}
    assert len(notes) == len(names)


def test_a_file_that_became_a_link_after_it_was_planned_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "file").write_text("fine")
    planned, _ = plan_artifacts({"file": str(tmp_path / "file")})
    (tmp_path / "file").unlink()
    (tmp_path / "file").symlink_to(tmp_path / "secret")
    notes = keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)
    assert len(notes) == 1
    assert files_below(tmp_path / "kept") == {}


def test_a_pipe_in_the_place_of_a_planned_file_does_not_wait(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("fine")
    planned, _ = plan_artifacts({"file": str(tmp_path / "file")})
    (tmp_path / "file").unlink()
    os.mkfifo(tmp_path / "file")
    assert keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)


def test_names_that_lead_out_are_refused_and_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    names = ("../up", "/abs", "a/../../b", "", "a//b", "./a", "..")
    planned, notes = plan_artifacts(dict.fromkeys(names, str(tmp_path / "file")))
    assert planned == {}
    assert len(notes) == len(names)


def test_odd_names_become_plain_ones_and_stay_apart(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    odd = ("a?b", "a#b", "files/a%2e", "files/a\nb", "esc\x1b[2J", "bad\udcff", "x" * 255 + ".png")
    planned, notes = plan_artifacts(dict.fromkeys(odd, str(tmp_path / "file")))
    assert notes == ()
    assert len(planned) == len(odd)
    keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)
    kept = files_below(tmp_path / "kept")
    assert len(kept) == len(odd)
    assert all(name.isprintable() and not set(name) & set("?#%\\:") for name in kept)
    assert any(name.endswith(".png") for name in kept)


def test_a_set_user_id_bit_is_not_carried_over(tmp_path: Path) -> None:
    (tmp_path / "suid").write_text("x")
    (tmp_path / "suid").chmod(0o6777)
    planned, _ = plan_artifacts({"suid": str(tmp_path / "suid")})
    keep_artifacts(FakeClient(), "run", str(tmp_path / "kept"), planned)
    assert not (tmp_path / "kept" / "suid").stat().st_mode & (stat.S_ISUID | stat.S_ISGID | 0o111)


def test_only_folders_of_this_machine_are_local() -> None:
    assert local_folder("file:///a%20b/c") == Path("/a b/c")
    assert local_folder("/a/b") == Path("/a/b")
    assert local_folder("mlflow-artifacts:/1") is None
    assert local_folder("s3://bucket/1") is None
    assert local_folder("file://elsewhere/1") is None
    assert local_folder("file:///a/b?c=d") is None
