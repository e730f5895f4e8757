"""The role base_images, with a real registry of the test's own, set as the role registry sets it.

No engine and no service of the machine takes part.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import jinja2
import pytest

from support import changed

ROOT = Path(__file__).parent.parent
IMAGE = "docker.io/library/busybox:latest"
REPOSITORY = "/v2/library/busybox"
MANIFEST = f"{REPOSITORY}/manifests/latest"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
STAND_IN = {"workshop.containers.stand-in": "busybox 1 from a test"}
ARCHIVE_FIRST = {"base_images_sources": ["archive", "stand-in"]}
SETTINGS = ROOT / "roles/registry/templates/etc/docker/registry/config.yml.j2"
# As whom the registry runs: not root, as on a lab machine
OWNER = 65534 if os.geteuid() == 0 else os.geteuid()


class Registry:
    """A registry that takes no pushes, on a port and a folder of its own."""

    def __init__(self, folder: Path, program: Path) -> None:
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.port = free.getsockname()[1]
        self.folder = folder
        self.storage = folder / "storage"
        self.record = folder / "etc/base-images.json"
        self.storage.mkdir(mode=0o750)
        os.chown(self.storage, OWNER, -1)
        settings = folder / "config.yml"
        settings.write_text(
            jinja2.Template(SETTINGS.read_text()).render(
                registry_storage=self.storage,
                registry_address="127.0.0.1",
                registry_port=self.port,
                registry_user="",
            )
        )
        self._process = subprocess.Popen(
            [program, "serve", settings],
            user=OWNER,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def ask(self, method: str, path: str, content: bytes | None = None) -> tuple[int, bytes]:
        """Status and body of an answer, as any user of the machine gets them."""
        headers = {"Accept": MANIFEST_TYPE, "Content-Type": MANIFEST_TYPE}
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            request = urllib.request.Request(url, content, headers, method=method)
            with urllib.request.build_opener().open(request, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def await_start(self) -> None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                self.ask("GET", "/v2/")
            except urllib.error.URLError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("the registry did not start")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def tamper(self, manifest: bytes) -> None:
        """Let the tag name another manifest, as somebody could when everybody could push."""
        digest = sha256(manifest).hexdigest()
        store = self.storage / "docker/registry/v2"
        manifests = store / "repositories/library/busybox/_manifests"
        files = {
            store / f"blobs/sha256/{digest[:2]}/{digest}/data": manifest,
            manifests / f"revisions/sha256/{digest}/link": f"sha256:{digest}".encode(),
            manifests / "tags/latest/current/link": f"sha256:{digest}".encode(),
        }
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        subprocess.run(["chown", "-R", str(OWNER), self.storage], check=True)


@pytest.fixture(scope="session")
def program(once) -> Iterator[Path]:
    """The distribution's registry, unpacked and not installed."""

    def unpack() -> str:
        folder = Path(tempfile.mkdtemp(prefix="lab-registry-program."))
        subprocess.run(["apt-get", "download", "docker-registry"], cwd=folder, check=True)
        (package,) = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
        folder.chmod(0o755)
        return str(folder)

    folder = Path(once("registry_program", unpack))
    yield folder / "usr/bin/docker-registry"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def registry(program) -> Iterator[Registry]:
    folder = Path(tempfile.mkdtemp(prefix="lab-registry."))
    folder.chmod(0o755)  # its own user has to get in
    registry = Registry(folder, program)
    try:
        registry.await_start()
        yield registry
    finally:
        registry.stop()
        shutil.rmtree(folder)


@pytest.fixture
def archives(tmp_path) -> Path:
    folder = tmp_path / "archives"
    folder.mkdir()
    return folder


def save(archives: Path, made_of: str, labels: dict[str, str] | None = None) -> str:
    """Write busybox-latest.tar as `docker save` does, and return the image's id."""
    config = json.dumps({"os": "linux", "config": {"Labels": labels}, "made": made_of}).encode()
    entry = {"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}
    files = {
        "config.json": config,
        "layer.tar": made_of.encode(),
        "manifest.json": json.dumps([entry]).encode(),
    }
    with tarfile.open(archives / "busybox-latest.tar", "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return f"sha256:{sha256(config).hexdigest()}"


def served(registry) -> str:
    """The id of the image that the registry serves."""
    status, manifest = registry.ask("GET", MANIFEST)
    assert status == 200, manifest
    return json.loads(manifest)["config"]["digest"]


@pytest.fixture
def provide(run, registry, program, tmp_path):
    """Applies the role to this machine, without touching its engine, and returns the output."""

    def provide(*options: str, rc: int = 0, **variables: object) -> str:
        play = tmp_path / "play.yml"
        role = {"ansible.builtin.import_role": {"name": "base_images"}}
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [role]}]))
        address = f"127.0.0.1:{registry.port}"
        values = {
            "ansible_connection": "local",
            "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "base_images_names": [IMAGE],
            "base_images_registry": address,
            "base_images_storage": str(registry.storage),
            "__base_images_record": str(registry.record),
            "__base_images_mirrors": [f"http://{address}"],  # as if the engine had it already
            **variables,
        }
        command = ["ansible-playbook", "-i", "machine,", "-e", json.dumps(values), *options, play]
        env = {
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "PATH": f"{program.parent}:{os.environ['PATH']}",
            "TMPDIR": str(registry.folder),
            "WORKSHOP_REPORT_PATH": "",
        }
        return " ".join(run(f"base-images-{tmp_path.name}", *command, rc=rc, env=env).split())

    return provide


def test_registry_may_be_left_out_of_the_sources(provide, registry, archives):
    image = save(archives, "real")
    provide(base_images_sources=["archive", "stand-in"], base_images_archives=str(archives))
    assert served(registry) == image


def test_image_that_no_source_has_is_named(provide, registry, archives):
    output = provide(base_images_sources=["archive"], base_images_archives=str(archives), rc=2)
    expected = (
        f"None of the sources archive has the base image {IMAGE}: base_images_archives has no"
    )
    assert f"{expected} file busybox-latest.tar. Put a file" in output
    assert registry.ask("GET", MANIFEST)[0] == 404


def test_registry_that_is_down_is_named(provide, archives):
    output = provide(base_images_registry="127.0.0.1:1", rc=2)
    assert "The lab registry 127.0.0.1:1 does not say which images it serves" in output
    assert "Connection refused. Start it with the role registry." in output


def test_second_run_changes_nothing(provide, archives):
    save(archives, "real")
    options = {"base_images_sources": ["archive"], "base_images_archives": str(archives)}
    assert changed(provide(**options)) > 0
    assert changed(provide(**options)) == 0


class TestArchiveAfterAStandIn:
    """The registry serves a stand-in, and the controller has an archive."""

    @pytest.fixture
    def stand_in(self, provide, archives) -> str:
        image = save(archives, "stand-in", STAND_IN)
        provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        return image

    @pytest.mark.usefixtures("stand_in")
    def test_real_image_replaces_it(self, provide, registry, archives):
        image = save(archives, "real")
        output = provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        assert served(registry) == image
        assert (
            f"busybox-latest.tar replaces the stand-in that the lab registry serves as {IMAGE}"
            in output
        )
        assert changed(output) > 0
        assert changed(provide(**ARCHIVE_FIRST, base_images_archives=str(archives))) == 0

    def test_dry_run_says_so(self, provide, registry, archives, stand_in):
        save(archives, "real")
        output = provide("--check", **ARCHIVE_FIRST, base_images_archives=str(archives))
        assert "busybox-latest.tar would replace the stand-in" in output
        assert served(registry) == stand_in

    def test_another_stand_in_does_not(self, provide, registry, archives, stand_in):
        save(archives, "another stand-in", STAND_IN)
        assert changed(provide(**ARCHIVE_FIRST, base_images_archives=str(archives))) == 0
        assert served(registry) == stand_in

    def test_nor_where_stand_ins_are_preferred(self, provide, registry, archives, stand_in):
        save(archives, "real")
        sources = ["stand-in", "archive"]
        output = provide(base_images_sources=sources, base_images_archives=str(archives))
        assert changed(output) == 0
        assert served(registry) == stand_in

    def test_real_image_is_not_replaced(self, provide, registry, archives):
        image = save(archives, "real")
        provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        save(archives, "another real one")
        assert changed(provide(**ARCHIVE_FIRST, base_images_archives=str(archives))) == 0
        assert served(registry) == image


def pushes(registry) -> dict[str, int]:
    """The statuses of what a push consists of."""
    return {
        "blob": registry.ask("POST", f"{REPOSITORY}/blobs/uploads/", b"")[0],
        "manifest": registry.ask("PUT", MANIFEST, b"{}")[0],
    }


REFUSED = {"blob": 405, "manifest": 405}


class TestNobodyElsePushes:
    """The registry takes pushes from the role only."""

    def test_before_and_after(self, provide, registry, archives):
        assert pushes(registry) == REFUSED
        save(archives, "real")
        provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        assert pushes(registry) == REFUSED

    def test_while_the_role_fills_it(self, provide, registry, archives):
        image = save(archives, "real")
        done = threading.Event()
        statuses: list[dict[str, int]] = []

        def push() -> None:
            while not done.is_set():
                statuses.append(pushes(registry))

        attacker = threading.Thread(target=push)
        attacker.start()
        try:
            provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        finally:
            done.set()
            attacker.join()
        assert served(registry) == image
        assert [each for each in statuses if each != REFUSED] == []
        assert len(statuses) > 10


class TestTamperedTag:
    """A tag names something that the lab did not put there."""

    @pytest.fixture
    def image(self, provide, registry, archives) -> str:
        image = save(archives, "real")
        provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        manifest = json.loads(registry.ask("GET", MANIFEST)[1])
        # The same image by its config, with other layers: the id alone would not tell.
        registry.tamper(json.dumps({**manifest, "layers": []}).encode())
        assert json.loads(registry.ask("GET", MANIFEST)[1])["layers"] == []
        return image

    def test_is_told_and_repaired(self, provide, registry, archives, image):
        output = provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        told = f"serves {IMAGE}, but not as the lab noted when it filled it; it is provided again"
        assert told in output
        assert served(registry) == image
        assert len(json.loads(registry.ask("GET", MANIFEST)[1])["layers"]) == 1
        again = provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        assert "noted when" not in again
        assert changed(again) == 0

    @pytest.mark.usefixtures("image")
    def test_dry_run_tells_and_touches_nothing(self, provide, registry, archives):
        before = registry.ask("GET", MANIFEST), registry.record.read_bytes()
        output = provide("--check", **ARCHIVE_FIRST, base_images_archives=str(archives))
        assert "it would be provided again from its source" in output
        assert changed(output) > 0
        assert (registry.ask("GET", MANIFEST), registry.record.read_bytes()) == before

    @pytest.mark.usefixtures("image")
    def test_is_not_served_where_no_source_has_it(self, provide, registry):
        provide(base_images_sources=["archive"], rc=2)
        assert registry.ask("GET", MANIFEST)[0] == 404

    def test_what_an_older_release_served_is_provided_again(
        self, provide, registry, archives, image
    ):
        registry.record.unlink()
        provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
        assert served(registry) == image
        assert IMAGE.partition("/")[2] in registry.record.read_text()


def test_record_can_be_written_by_its_owner_only(provide, registry, archives):
    save(archives, "real")
    provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
    modes = [path.stat().st_mode & 0o777 for path in (registry.record, registry.record.parent)]
    assert modes == [0o644, 0o755]
    assert registry.record.stat().st_uid == os.geteuid()


def test_images_belong_to_the_registry(provide, registry, archives):
    save(archives, "real")
    provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
    owners = {path.stat().st_uid for path in registry.storage.rglob("*")}
    assert owners == {OWNER}


def test_nothing_is_left_running(provide, registry, archives):
    save(archives, "real")
    provide(**ARCHIVE_FIRST, base_images_archives=str(archives))
    assert list(registry.folder.glob("registry.*")) == []
    arguments = [path.read_bytes().split(b"\0") for path in running()]
    folder = str(registry.folder).encode()
    served_from = [each[2] for each in arguments if b"serve" in each and folder in each[2]]
    assert served_from == [folder + b"/config.yml"]


def running() -> Iterator[Path]:
    """The arguments of the registries that run on this machine."""
    for name in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if name.read_text() == "docker-registry\n":
                yield name.parent / "cmdline"
