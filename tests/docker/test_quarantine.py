"""What a stranger's package can do while it is made and installed: nothing to anyone but itself."""

from __future__ import annotations

import json
import socket
import threading
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from sandbox.domain import PackageIndexes, Requirements
from sandbox.engines.docker import DockerEngine
from sandbox.engines.docker.workbench import DockerWorkbench
from sandbox.environments import Build, build, resolve
from sandbox.environments.resolving.sourcing import MadeWheel, NotMade, Wish
from sandbox.environments.sources import BuildLimits, WheelMaker
from sandbox.interfaces import Step
from sandbox.paths import Home
from tests.support import hostile_builds as hostile
from tests.support.sdists import bundled_pip, make_sdist
from tests.support.wheels import make_index, make_wheel

OWNER = {"sandbox.owner": f"test/{uuid.uuid4().hex}/0/0"}


@pytest.fixture
def workbench(docker_engine: DockerEngine) -> Iterator[DockerWorkbench]:
    """A Store of its own, removed afterwards."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    yield DockerWorkbench(docker_engine.client, owner_labels=OWNER, store=name)
    docker_engine.client.volumes.get(name).remove()


MARK = "import posix; posix.close(posix.open('/store/hostile', 65))\n"  # 65: create and write


def installed(
    workbench: DockerWorkbench, base: str, folder: Path, modules: dict[str, str], name: str
) -> str:
    """Folder in the Store of an Environment with one wheel in it."""
    wheel = make_wheel(folder / "files", name, "1.0", modules=modules)
    indexes = PackageIndexes(index_url=make_index(folder / "simple", [wheel]))
    home = Home(folder / "home")
    environment = resolve(
        Requirements((name,)), indexes=indexes, pythons=("3.11",), cache=home.cache
    )
    built = build(environment, workbench, base=base, indexes=indexes, home=home)
    return built.python.removesuffix("/bin/python")


def hostile_or_compiled(workbench: DockerWorkbench, base: str) -> list[str]:
    script = "ls /store; find /store/environments -name '*.pyc' -printf '%f\n'"
    found = workbench.run(Step(base, ("sh", "-c", script))).output.split()
    return [name for name in found if name.startswith("hostile")]


@pytest.mark.parametrize("carrier", ["hostile.pth", "sitecustomize.py", "usercustomize.py"])
def test_installing_a_wheel_starts_nothing_that_came_with_it(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path, carrier: str
) -> None:
    """The installing step may write to the Store and reach the network: no code may run there."""
    modules = {carrier: MARK, "hostile.py": ""}
    installed(workbench, base_image, tmp_path, modules, "hostile")
    assert hostile_or_compiled(workbench, base_image) == ["hostile.cpython-311.pyc"]


def test_a_wheel_cannot_give_the_installing_step_another_standard_library(
    workbench: DockerWorkbench, base_image: str, tmp_path: Path
) -> None:
    """One wheel brings the library, a second a `pyvenv.cfg` that says where it lies."""
    lib = "library-1.0.data/data/lib/python3.11"
    modules = {f"{lib}/os.py": "", f"{lib}/encodings/__init__.py": MARK, "library.py": ""}
    where = installed(workbench, base_image, tmp_path / "1", modules, "library")
    modules = {"hostile-1.0.data/data/pyvenv.cfg": f"home = {where}/bin\n", "hostile.py": ""}
    installed(workbench, base_image, tmp_path / "2", modules, "hostile")
    assert hostile_or_compiled(workbench, base_image) == ["hostile.cpython-311.pyc"]


# ---------------------------------------------------------------- building a stranger's sdist


@dataclass
class Quarantine:
    """Makes wheels of sdists from a folder, in a Store of its own, without any network."""

    workbench: DockerWorkbench
    base: str
    folder: Path
    lines: list[str] = field(default_factory=list)

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    def make(self, code: str, limits: BuildLimits | None = None) -> MadeWheel | NotMade:
        """What becomes of an sdist called `hostile` whose build runs this code."""
        sdists = self.folder / uuid.uuid4().hex
        make_sdist(sdists, "hostile", code=code)
        index = make_index(self.folder / "simple", [bundled_pip()])
        indexes = PackageIndexes(index_url=index, find_links=(str(sdists),))

        def build_environment(needs: Requirements, python: str) -> Build:
            made = resolve(needs, indexes=indexes, pythons=(python,), cache=self.home.cache)
            return build(made, self.workbench, base=self.base, indexes=indexes, home=self.home)

        maker = WheelMaker(
            workbench=self.workbench,
            indexes=indexes,
            home=self.home,
            base_for=lambda _: self.base,
            build_environment=build_environment,
            on_line=self.lines.append,
            limits=limits or BuildLimits(timeout_s=60, scratch_bytes=2**28),
        )
        (made,) = maker([Wish("hostile", "3.11")])
        return made

    def report(self, code: str) -> Any:
        """What the code's `look()` returned while the sdist was built."""
        made = self.make(f"{code}\nimport json\ndef act(): EXTRA['said.json'] = json.dumps(look())")
        assert isinstance(made, MadeWheel), made
        with zipfile.ZipFile(made.wheel) as archive:
            return json.loads(archive.read("said.json"))

    def wheels(self) -> list[Path]:
        """Every file that was kept as a wheel, or is on its way to be."""
        found = (self.home.cache / "wheels").rglob("*")
        return sorted(path for path in found if path.is_file() and path.suffix != ".json")

    def store(self) -> str:
        """Every file of the Store: kind, mode, owner, links, size, time, name, target, content."""
        script = (
            "cd /store; find . -printf '%y %m %U %G %n %s %T@ %p -> %l\\n' | sort;"
            "find . -type f -print0 | sort -z | xargs -0 sha256sum"
        )
        taken = bytearray()
        step = Step(self.base, ("sh", "-c", script), on_data=taken.extend)
        assert self.workbench.run(step).exit_code == 0
        return taken.decode()


@pytest.fixture(scope="module")
def shared_quarantine(
    docker_engine: DockerEngine, base_image: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Quarantine]:
    """One Store for all, so that pip comes there once."""
    name = f"sandbox-test-{uuid.uuid4().hex[:8]}"
    workbench = DockerWorkbench(docker_engine.client, owner_labels=OWNER, store=name)
    yield Quarantine(workbench, base_image, tmp_path_factory.mktemp("quarantine"))
    docker_engine.client.volumes.get(name).remove()


@pytest.fixture
def quarantine(shared_quarantine: Quarantine, docker_engine: DockerEngine) -> Iterator[Quarantine]:
    """No container is left, whatever was built."""
    yield shared_quarantine
    label = f"sandbox.owner={OWNER['sandbox.owner']}"
    left = docker_engine.client.containers.list(all=True, filters={"label": label})
    assert not left


def test_an_sdist_becomes_the_wheel_that_its_backend_makes(quarantine: Quarantine) -> None:
    made = quarantine.make("")
    assert isinstance(made, MadeWheel)
    assert (made.wheel.name, made.version) == ("hostile-1.0-py3-none-any.whl", "1.0")
    with zipfile.ZipFile(made.wheel) as archive:
        assert archive.read("hostile.py") == b"VERSION = '1.0'\n"
    assert made.wheel.is_relative_to(quarantine.home.cache / "wheels")
    assert "hostile 1.0: built in" in quarantine.lines[-1]


CANARIES = (
    *("GITHUB_TOKEN", "GH_TOKEN", "HF_TOKEN", "WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY"),
    *("AZURE_CLIENT_SECRET", "GOOGLE_API_KEY", "OPENAI_API_KEY", "MLFLOW_TRACKING_PASSWORD"),
    *("SSH_AUTH_SOCK", "HTTPS_PROXY", "PIP_INDEX_URL"),
)


def test_a_build_sees_no_secret_no_socket_no_network_and_is_not_root(
    quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """BU-02."""
    for name in CANARIES:
        monkeypatch.setenv(name, f"canary-{name}")
    seen = quarantine.report(hostile.LOOK_AROUND)
    assert set(seen["names"]) <= {
        *(
            "HOME",
            "HOSTNAME",
            "LANG",
            "PATH",
            "PWD",
            "SHLVL",
            "OLDPWD",
            "TMPDIR",
            "LC_CTYPE",
            "FOPT",
        ),
        *("CMAKE_BUILD_PARALLEL_LEVEL", "MAKEFLAGS", "MAX_JOBS", "NPY_NUM_BUILD_JOBS"),
        *("PIP_CONFIG_FILE", "PIP_NO_INDEX", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED"),
        *("SOURCE_DATE_EPOCH", "TORCH_CUDA_ARCH_LIST"),
        *("PIP_NO_INPUT", "PEP517_BUILD_BACKEND", "PEP517_BACKEND_PATH", "_"),
        *("_PYPROJECT_HOOKS_BUILD_BACKEND", "_PYPROJECT_HOOKS_BACKEND_PATH", "PIP_BUILD_TRACKER"),
    }
    assert "canary" not in json.dumps(seen)
    jobs = quarantine.report("import os\ndef look(): return os.environ['MAX_JOBS']")
    assert 1 <= int(jobs) <= 2  # of compilers as memory allows
    assert str(tmp_path) not in json.dumps(seen)
    assert seen["uid"] == 65532
    assert not seen["sockets"]
    assert seen["interfaces"] == ["lo"]
    assert set(seen["writable"]) <= {"/tmp", "/dev/shm", "/dev/mqueue"}
    assert " /store ext4 ro," in seen["mounts"] or " /store overlay ro," in seen["mounts"]
    status = dict(line.split(":\t", 1) for line in seen["status"].splitlines() if ":\t" in line)
    assert {status["CapEff"], status["CapBnd"], status["CapPrm"]} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"


@pytest.fixture
def listener() -> Iterator[tuple[int, Queue[str]]]:
    """A port of this machine, on every address, and who called there."""
    calls: Queue[str] = Queue()
    with socket.create_server(("0.0.0.0", 0)) as server:

        def count() -> None:
            while True:
                try:
                    caller, (host, _) = server.accept()
                except OSError:
                    return
                caller.close()
                calls.put(host)

        threading.Thread(target=count, daemon=True).start()
        yield server.getsockname()[1], calls
        server.shutdown(socket.SHUT_RDWR)


def test_a_build_reaches_neither_this_machine_nor_any_other(
    quarantine: Quarantine, listener: tuple[int, Queue[str]], docker_engine: DockerEngine
) -> None:
    port, calls = listener
    bridge = docker_engine.client.networks.get("bridge").attrs["IPAM"]["Config"][0]
    gateway = bridge.get("Gateway") or bridge["Subnet"].replace(".0/16", ".1")
    socket.create_connection((gateway, port), 5).close()
    calls.get(timeout=10)  # it does hear those who can call
    hosts = [(gateway, port), ("127.0.0.1", port), ("169.254.169.254", 80), ("example.org", 443)]
    seen = quarantine.report(f"{hostile.CALL}\nHOSTS = {hosts!r}")
    assert "reached" not in seen
    assert calls.empty()


ENDLESS = {
    "sleeps": (hostile.SLEEP, "took too long: ended after 4 s"),
    "ignores signals": (hostile.IGNORE_SIGNALS, "took too long"),
    "leaves a child": (hostile.LEAVE_A_CHILD, "took too long"),
    "forks": (hostile.FORK, "took too long"),
    "forks and fails": (hostile.FORK_AND_FAIL, "too many processes"),
    "eats memory": (hostile.EAT_MEMORY, "too much memory"),
    "fills the disk": (hostile.FILL_THE_DISK, "fills the disk"),
    "floods the log": (hostile.FLOOD_THE_LOG, "too much memory"),
}


@pytest.mark.parametrize("how", ENDLESS)
def test_a_build_that_takes_too_much_is_ended_and_says_of_what(
    quarantine: Quarantine, how: str
) -> None:
    """BU-09, BU-10."""
    code, why = ENDLESS[how]
    limits = BuildLimits(
        timeout_s=4 if "long" in why else 60, memory_bytes=2**29, scratch_bytes=2**26
    )
    done = quarantine.make(code, limits)
    assert isinstance(done, NotMade)
    assert why in done.why


def test_a_hostile_build_cannot_change_a_byte_of_the_store(quarantine: Quarantine) -> None:
    quarantine.make("")  # brings the build environment there
    before = quarantine.store()
    assert "site-packages/pip/__init__.py" in before
    made = quarantine.make(hostile.ATTACK_THE_STORE)
    assert isinstance(made, MadeWheel)
    assert quarantine.store() == before


FORGED = {
    "prints a wheel": (hostile.PRINT_A_WHEEL, None),
    "writes to the wheel's stream": (hostile.WRITE_TO_THE_WHEELS_STREAM, None),
    "has another name": ("NAME = 'pip'", "got 'pip'"),
    "has another version": ("VERSION = '99'", "version 99, not 1.0"),
    "fits another machine": ("TAG = 'cp27-none-win32'", "does not fit this machine's Python"),
    "leads outside": ("EXTRA = {'../../evil.py': ''}", "leads outside"),
    "leads to the root": ("EXTRA = {'/etc/cron.d/evil': ''}", "leads outside"),
    "links": ("LINKS = {'link': '/etc/passwd'}", "no regular file"),
    "asks for an address": (hostile.ASK_FOR_AN_ADDRESS, "at an address, which is not followed"),
    "is huge": ("EXTRA = {'large': 'x' * 2**23}", "larger than 4 MB"),
    "is none": (hostile.GIVE_NO_WHEEL, "build failed"),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_wheel_is_taken_only_if_it_is_what_was_asked_for(
    quarantine: Quarantine, how: str
) -> None:
    code, why = FORGED[how]
    before = quarantine.wheels()
    made = quarantine.make(code, BuildLimits(timeout_s=60, wheel_bytes=2**22))
    if why is None:
        assert isinstance(made, MadeWheel), made
        with zipfile.ZipFile(made.wheel) as archive:
            assert archive.read("hostile.py") == b"VERSION = '1.0'\n"
    else:
        assert isinstance(made, NotMade), made
        assert why in made.why
        assert quarantine.wheels() == before
