"""Faults between the modules, an engine and a registry, brought about for real.

The engine is this machine's; the registry, the network between the two and what is done to them are
the tests' own, and so are all names. The engine tries a push five times, which takes a minute.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import EngineError
from support import docker, free_port

pytestmark = pytest.mark.xdist_group("here")  # one worker, in order

ROOT = Path(__file__).parent.parent
MODULES = "ansible_collections.workshop.containers.plugins.modules"
MEGABYTE = 10**6
# Of an image: random, so that no layer of another test is the same, and so that none is compressed
SIZE = 12 * MEGABYTE
CONFIG = """
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}}}, delete: {{enabled: true}}}}
http: {{addr: "127.0.0.1:{port}", relativeurls: true}}
{more}
"""
SOCKET = Path("/var/run/docker.sock")


class Relay:
    """Passes on what comes to a socket, in both directions.

    ``seen`` is called with what passes and who sent it ("client" or "server"), before it is passed
    on. Where it returns true, that connection is torn down.
    """

    def __init__(self, listening: socket.socket, target: Callable[[], socket.socket]) -> None:
        self.seen: Callable[[bytes, str], bool | None] = lambda _data, _sender: False
        self._target = target
        self._listening = listening
        listening.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listening.accept()
                try:
                    server = self._target()
                except OSError:
                    client.close()
                    continue
                for pair in ((client, server, "client"), (server, client, "server")):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, sender: str) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.seen(data, sender):
                    break
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Cuts:
    """Tears connections down after so many bytes from one side, so many times."""

    def __init__(self, sender: str, times: float, after: int = 3 * MEGABYTE) -> None:
        self.sender = sender
        self.left = times
        self.after = after
        self.passed = 0

    def __call__(self, data: bytes, sender: str) -> bool:
        if sender == self.sender and self.left:
            self.passed += len(data)
            if self.passed > self.after:
                self.passed = 0
                self.left -= 1
                return True
        return False


class Registry:
    """Debian's registry on a port of its own, reached through a relay; ``more`` settings of it."""

    def __init__(self, folder: Path, data: Path, more: str = "") -> None:
        self.port = free_port()
        self.data = data
        self._config = folder / "registry.yml"
        self._config.write_text(CONFIG.format(folder=data, port=self.port, more=more))
        self._log = (folder / "registry.log").open("w")
        outside = socket.create_server(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{outside.getsockname()[1]}"
        self.relay = Relay(outside, lambda: socket.create_connection(("127.0.0.1", self.port)))
        self.start()

    def start(self) -> None:
        command = ["docker-registry", "serve", self._config]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT)
        end = time.monotonic() + 30
        while True:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            assert time.monotonic() < end, Path(self._log.name).read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        self.kill()
        self.relay.close()
        self._log.close()

    def digest(self, repository: str) -> str:
        """What it serves as the tag 1."""
        address = f"http://127.0.0.1:{self.port}/v2/{repository}/manifests/1"
        accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
        with urllib.request.urlopen(urllib.request.Request(address, headers=accept)) as answer:
            return answer.headers["Docker-Content-Digest"]


@pytest.fixture(scope="module", autouse=True)
def engine(request) -> None:
    """An engine on this machine and the program of a registry; the first run brings both."""
    answers = subprocess.run(["docker", "version"], capture_output=True, check=False)
    if answers.returncode or not shutil.which("docker-registry"):
        request.getfixturevalue("first_run")


@pytest.fixture
def image() -> Iterator[Callable[[str], str]]:
    """A function that makes an image with one large layer under a name."""
    made = []

    def image(name: str) -> str:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            member = tarfile.TarInfo("random")
            member.size = SIZE
            tar.addfile(member, io.BytesIO(secrets.token_bytes(SIZE)))
        subprocess.run(
            ["docker", "import", "-", name],
            input=archive.getvalue(),
            check=True,
            capture_output=True,
        )
        made.append(name)
        return name

    yield image
    for name in made:
        subprocess.run(["docker", "rmi", name], capture_output=True, check=False)


@pytest.fixture
def registry(tmp_path) -> Iterator[Registry]:
    served = Registry(tmp_path, tmp_path / "data")
    yield served
    served.close()


@pytest.fixture
def small_registry(tmp_path) -> Iterator[Registry]:
    """A registry on a disk that is smaller than an image."""
    data = tmp_path / "small"
    data.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk, and this one has to be small")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", data], check=True)
    served = Registry(tmp_path, data)
    yield served
    served.close()
    subprocess.run(["umount", data], check=True)


@pytest.fixture
def module(capsys) -> Callable[..., dict]:
    """A function that runs a module on the engine and gives its result."""

    def module(called: str, /, **options) -> dict:
        with patch_module_args(options), pytest.raises(SystemExit):
            importlib.import_module(f"{MODULES}.{called}").main()
        output = capsys.readouterr()
        assert "Traceback" not in output.out + output.err
        return json.loads(output.out)

    return module


@pytest.fixture
def slow_engine(tmp_path) -> Iterator[Relay]:
    """What stands between the modules and the engine; ``host`` is its address."""
    address = os.environ.get("DOCKER_HOST") or f"unix://{SOCKET}"
    if not address.startswith("unix://"):
        pytest.skip(f"the engine of these tests is not on this machine but at {address}")

    def reach() -> socket.socket:
        engine = socket.socket(socket.AF_UNIX)
        engine.connect(address[len("unix://") :])
        return engine

    outside = socket.socket(socket.AF_UNIX)
    outside.bind(str(tmp_path / "engine.sock"))
    relay = Relay(outside, reach)
    relay.host = f"unix://{tmp_path}/engine.sock"
    yield relay
    relay.close()


@pytest.fixture
def container(image) -> Iterator[str]:
    """A container that was never started, with something to commit."""
    name = f"test-faults-{secrets.token_hex(4)}"
    docker("create", "--name", name, image(f"{name}:1"), "/none")
    yield name
    subprocess.run(["docker", "rm", "-f", name], capture_output=True, check=False)
    subprocess.run(["docker", "rmi", f"{name}:2"], capture_output=True, check=False)


@pytest.fixture
def users(tmp_path) -> Path:
    """The file of the users of a registry, of whom there is one."""
    path = tmp_path / "htpasswd"
    path.touch()
    add_user(path, "teacher", "secret")
    return path


@pytest.fixture
def private_registry(tmp_path, users) -> Iterator[Registry]:
    more = f"auth: {{htpasswd: {{realm: lab, path: {users}}}}}"
    served = Registry(tmp_path, tmp_path / "data", more)
    yield served
    served.close()


def add_user(path: Path, name: str, password: str) -> None:
    subprocess.run(["htpasswd", "-iB", path, name], input=password, text=True, check=True)


class TestPrivateRegistry:
    def test_users_are_added_while_it_runs(self, module, private_registry, users, image):
        """The role does not restart a registry, which would break off what others push."""
        name = image(f"{private_registry.name}/faults:1")
        login = {"name": [name], "username": "learner", "password": "pass"}
        failed = module("image_push", **login)
        assert "refused the user learner" in failed["observed"]
        add_user(users, "learner", "pass")
        assert module("image_push", **login)["changed"] is True
        assert (
            module("image_push", **{**login, "username": "teacher", "password": "secret"})[
                "changed"
            ]
            is False
        )

    def test_password_is_seen_nowhere(self, run, private_registry, users, image, tmp_path):
        """Neither in what Ansible says at its most talkative, nor in its log, its facts and its
        folders, nor in any list of processes.
        """
        name = image(f"{private_registry.name}/faults:1")
        canary = secrets.token_urlsafe(20)
        add_user(users, "learner", canary)
        (tmp_path / "password").write_text(canary)
        password = f"{{{{ lookup('file', '{tmp_path}/password') }}}}"
        push = {"name": [name], "username": "learner", "password": password}
        tasks = [
            {"name": "Push", "workshop.containers.image_push": push, "register": "pushed"},
            {"name": "Push again", "workshop.containers.image_push": push},
            {"name": "Show it", "ansible.builtin.debug": {"var": "pushed"}},
            {
                "name": "Keep it",
                "ansible.builtin.set_fact": {"kept": "{{ pushed }}", "cacheable": True},
            },
            {
                "name": "Fail",
                "workshop.containers.image_push": {**push, "username": "nobody"},
                "ignore_errors": True,
            },
        ]
        interpreter = {"ansible_python_interpreter": sys.executable}
        play = {"hosts": "localhost", "gather_facts": False, "vars": interpreter, "tasks": tasks}
        (tmp_path / "play.yml").write_text(json.dumps([play]))
        folders = tmp_path / "ansible"
        with Processes() as processes:
            output = run(
                "canary",
                *("ansible-playbook", "-i", "localhost,", "-c", "local", "-vvvv", "--diff"),
                tmp_path / "play.yml",
                env={
                    "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                    "ANSIBLE_CACHE_PLUGIN": "jsonfile",
                    "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folders / "facts"),
                    "ANSIBLE_LOCAL_TEMP": str(folders / "local"),
                    "ANSIBLE_LOG_PATH": str(folders / "log"),
                    "ANSIBLE_PIPELINING": "false",
                    "ANSIBLE_REMOTE_TEMP": str(folders / "remote"),
                    "WORKSHOP_REPORT_PATH": str(folders / "results.json"),
                },
            )
        assert "changed=1 " in output
        written = [path for path in folders.rglob("*") if path.is_file()]
        assert {"log", "s1_localhost"} <= {path.name for path in written}
        encoded = base64.b64encode(f"learner:{canary}".encode()).decode()
        for secret in (canary, encoded):
            assert secret not in output
            assert secret not in processes.seen
            assert [path for path in written if secret in path.read_text(errors="replace")] == []
        assert "image_push" in processes.seen  # they have been looked at


class Processes:
    """Looks at the lists of processes and their environments again and again."""

    def __init__(self) -> None:
        self.seen = ""
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Processes:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        seen = set()
        while not self._done.wait(0.02):
            for path in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    seen.add((path / "cmdline").read_bytes() + (path / "environ").read_bytes())
        self.seen = b"\n".join(seen).decode(errors="replace")


def test_text_from_a_machine_is_no_template(run, tmp_path):
    """What modules return is never run, wherever a playbook uses it."""
    trap = "{{ lookup('pipe', 'touch TRAP') }}{% if true %}x{% endif %}".replace(
        "TRAP", str(tmp_path / "sprung")
    )
    (tmp_path / "text").write_text(trap)
    (tmp_path / "document").write_text(json.dumps({"option": trap}))
    look = {"contents": [f"{tmp_path}/text"], "documents": [f"{tmp_path}/document"]}
    text = f"{{{{ look.contents['{tmp_path}/text'] }}}}"
    value = f"{{{{ look.documents['{tmp_path}/document'].value | to_json }}}}"
    tasks = [
        {"name": "Look", "workshop.containers.machine_info": look, "register": "look"},
        {"name": "Keep it", "ansible.builtin.set_fact": {"kept": text}},
        {
            "name": "Write it",
            "ansible.builtin.copy": {"content": "{{ kept }}", "dest": f"{tmp_path}/written"},
            "when": "kept | length > 0",
        },
        {
            "name": "Write the document",
            "ansible.builtin.copy": {"content": value, "dest": f"{tmp_path}/written.json"},
        },
        {"name": "Show it", "ansible.builtin.debug": {"msg": "{{ kept }} {{ look }}"}},
    ]
    interpreter = {"ansible_python_interpreter": sys.executable}
    play = {"hosts": "localhost", "gather_facts": False, "vars": interpreter, "tasks": tasks}
    (tmp_path / "play.yml").write_text(json.dumps([play]))
    run(
        "templates",
        *("ansible-playbook", "-i", "localhost,", "-c", "local", tmp_path / "play.yml"),
        env={"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "WORKSHOP_REPORT_PATH": ""},
    )
    assert (tmp_path / "written").read_text() == trap
    assert json.loads((tmp_path / "written.json").read_text()) == {"option": trap}
    assert not (tmp_path / "sprung").exists()


class TestPush:
    def finishes_then_changes_nothing(self, module, registry, name):
        again = module("image_push", name=[name])
        assert again["changed"] is True
        assert again["images"][0]["digest"] == registry.digest("faults")
        [digest] = json.loads(docker("inspect", "--format", "{{json .RepoDigests}}", name))
        assert digest == f"{registry.name}/faults@{registry.digest('faults')}"
        assert module("image_push", name=[name])["changed"] is False

    def test_registry_is_killed_on_the_way(self, module, registry, image):
        name = image(f"{registry.name}/faults:1")
        killing = Cuts("client", 1)

        def kill_then(data: bytes, sender: str) -> bool:
            cut = killing(data, sender)
            if cut:
                registry.kill()
            return cut

        registry.relay.seen = kill_then
        failed = module("image_push", name=[name])
        assert killing.left == 0
        assert failed["failed"] is True
        assert failed["changed"] is False
        assert "after some layers were sent and 5 tries, " in failed["observed"]
        assert f"see that {registry.name} runs" in failed["remedy"]
        registry.start()
        self.finishes_then_changes_nothing(module, registry, name)

    def test_connection_is_cut_twice(self, module, registry, image):
        registry.relay.seen = cuts = Cuts("client", 2)
        name = image(f"{registry.name}/faults:1")
        pushed = module("image_push", name=[name])
        assert cuts.left == 0
        assert pushed["changed"] is True
        assert pushed["images"][0]["digest"] == registry.digest("faults")
        assert module("image_push", name=[name])["changed"] is False

    def test_disk_of_the_registry_is_full(self, module, small_registry, image):
        name = image(f"{small_registry.name}/faults:1")
        failed = module("image_push", name=[name])
        assert failed["failed"] is True
        assert "full disk" in failed["observed"] or "no room" in failed["observed"]
        assert small_registry.name in failed["remedy"]
        subprocess.run(["mount", "-o", "remount,size=64m", small_registry.data], check=True)
        self.finishes_then_changes_nothing(module, small_registry, name)


class TestPull:
    def test_connection_is_always_cut(self, module, registry, image):
        name = image(f"{registry.name}/faults:1")
        docker("push", name)
        docker("rmi", name)
        registry.relay.seen = Cuts("server", float("inf"), after=MEGABYTE)
        engine = Engine(os.environ.get("DOCKER_HOST", ""))
        with pytest.raises(EngineError) as caught:
            engine.pull(name)
        assert "no such image" not in str(caught.value)
        assert "EOF" in caught.value.observed
        assert docker("images", "--quiet", name) == ""
        registry.relay.seen = once = Cuts("server", 1)
        assert engine.pull(name) is True
        assert once.left == 0
        assert engine.pull(name) is False


class TestCommit:
    def test_engine_takes_longer_than_the_sdk_waits_by_itself(self, module, slow_engine, container):
        """The SDK gives up after a minute, and the image appears all the same."""
        slept = []

        def sleep(data: bytes, sender: str) -> None:
            if sender == "client" and b"/commit?" in data.partition(b"\r\n")[0]:
                slept.append(data)
                time.sleep(65)

        slow_engine.seen = sleep
        options = {"container": container, "name": f"{container}:2"}
        done = module("image_commit", docker_host=slow_engine.host, **options)
        assert slept
        assert done["changed"] is True
        assert module("image_commit", **options)["changed"] is False

    def test_container_is_removed_in_between(self, module, slow_engine, container):
        def remove(data: bytes, sender: str) -> None:
            if sender == "client" and b"/commit?" in data.partition(b"\r\n")[0]:
                docker("rm", container)

        slow_engine.seen = remove
        failed = module(
            "image_commit",
            docker_host=slow_engine.host,
            container=container,
            name=f"{container}:2",
        )
        assert failed["failed"] is True
        assert failed["changed"] is False
        assert "No such container" in failed["observed"]
        assert docker("images", "--quiet", f"{container}:2") == ""


def test_less_memory_than_the_engine_gives(module, image):
    name = f"test-faults-{secrets.token_hex(4)}"
    options = {"name": name, "image": image(f"{name}:1"), "command": ["/none"], "memory": "4m"}
    failed = module("container_run", **options)
    assert failed["failed"] is True
    assert "Minimum memory limit allowed is 6MB" in failed["observed"]
    assert docker("ps", "--all", "--quiet", "--filter", f"name={name}") == ""
