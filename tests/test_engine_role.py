"""The role docker_engine.

Docker's repository as it is taught, and machines that somebody else has set up.

The repository is made and served here, of small packages and the distribution's engine. One nested
machine sees all of it, in the order of the file: every test leaves a machine with an engine that
answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from support import changed

pytestmark = pytest.mark.xdist_group("engine")  # one worker, in order; beside the lab machines

ROOT = Path(__file__).parent.parent
OLD, NEW = "5:28.5.1-1~debian.12~bookworm", "5:29.1.0-1~debian.12~bookworm"
# The distribution's engine, under the name of a package that Docker's repository has
REPACK = """
apt-get update -qq && cd /tmp && apt-get download -qq docker.io && dpkg-deb -R docker.io_*.deb engine
sed -i 's/^Package:.*/Package: containerd.io/; s/^Version:.*/Version: 2.1-1/; s/^Conflicts:.*/Conflicts: docker.io/' engine/DEBIAN/control
dpkg-deb -Znone --build engine containerd.io.deb && rm -r engine docker.io_*.deb
"""
PROXY = {"http": "http://lab:s3cret@proxy.example:3128", "no_proxy": "registry.example,10.0.0.0/8"}
LOCAL = "localhost,127.0.0.1,::1,registry.example,10.0.0.0/8"
LIST = Path("/etc/apt/sources.list.d/docker.list")
KEYRING = Path("/etc/apt/keyrings/docker.gpg")


# What Docker Desktop lends to an instance of WSL is a socket
DESKTOP = """
import http.server, socketserver
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"Version": "27.0.3"}')
    def address_string(self):
        return "-"
socketserver.UnixStreamServer("/var/run/docker.sock", Answer).serve_forever()
"""


class Repository:
    """An apt repository below ``folder``, laid out and signed as Docker's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "gnupg"
        self.site = folder / "site/linux/debian"
        self.index = self.site / "dists/bookworm"
        self.packages: list[str] = []
        self.home.mkdir(mode=0o700)
        (self.site / "pool").mkdir(parents=True)
        (self.index / "stable/binary-amd64").mkdir(parents=True)

    def gpg(self, *arguments: str, stdin: bytes = b"") -> bytes:
        command = [
            "gpg",
            "--homedir",
            self.home,
            "--batch",
            "--yes",
            "--passphrase",
            "",
            "--pinentry-mode",
            "loopback",
            *arguments,
        ]
        return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout

    def make_key(self, name: str) -> str:
        """The fingerprint of a new key."""
        self.gpg("--quick-generate-key", f"{name} <{name}@lab.example>", "ed25519", "sign", "never")
        listed = self.gpg("--with-colons", "--list-keys", f"{name}@lab.example").decode()
        return re.search(r"^fpr:+([0-9A-F]{40}):", listed, re.MULTILINE)[1]

    def add(self, name: str, version: str, postinst: str = "", **fields: str) -> None:
        """Build a package without files."""
        tree = self.folder / "build" / f"{name}_{version.replace(':', '')}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = {
            "Package": name,
            "Version": version,
            "Architecture": "amd64",
            "Maintainer": "lab",
            "Description": "a stand-in",
            **fields,
        }
        (tree / "DEBIAN/control").write_text(
            "".join(f"{key}: {value}\n" for key, value in control.items())
        )
        if postinst:
            (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\n{postinst}\n")
            (tree / "DEBIAN/postinst").chmod(0o755)
        target = self.site / "pool" / f"{tree.name}.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, target],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        self.add_file(target)

    def add_file(self, package: Path) -> None:
        """List a package that lies in the pool."""
        control = subprocess.run(
            ["dpkg-deb", "--field", package], capture_output=True, text=True, check=True
        ).stdout
        data = package.read_bytes()
        self.packages.append(
            f"{control}Filename: pool/{package.name}\nSize: {len(data)}\nSHA256: "
            f"{hashlib.sha256(data).hexdigest()}\n"
        )

    def add_engine(self, version: str) -> None:
        """What is released together. The engine itself is the distribution's, in containerd.io."""
        self.add(
            "docker-ce", version, Depends="docker-ce-cli, containerd.io", Conflicts="docker.io"
        )
        self.add("docker-ce-cli", version)

    def publish(self, key: str, until: str = "Thu, 01 Jan 2099 00:00:00 UTC") -> None:
        """Sign what there is with ``key``, as valid ``until`` then."""
        index = "\n".join(self.packages).encode()
        (self.index / "stable/binary-amd64/Packages").write_bytes(index)
        release = (
            "Origin: Docker\nLabel: Docker CE\nSuite: bookworm\nCodename: "
            "bookworm\nArchitectures: amd64\nComponents: stable\n"
            f"Date: Thu, 01 Jan 2026 00:00:00 UTC\nValid-Until: {until}\n"
            f"SHA256:\n {hashlib.sha256(index).hexdigest()} {len(index)} "
            "stable/binary-amd64/Packages\n"
        )
        (self.index / "InRelease").write_bytes(
            self.gpg("--local-user", key, "--clear-sign", stdin=release.encode())
        )
        (self.site / "gpg").write_bytes(self.gpg("--armor", "--export", key))


def nested() -> list[str]:
    """Options of `docker run` for a machine inside a container: those of the lab machines."""
    names = {
        "capabilities": "cap-add",
        "cap_drop": "cap-drop",
        "security_opts": "security-opt",
        "cgroupns_mode": "cgroupns",
    }
    names |= {"tmpfs": "tmpfs", "volumes": "volume"}
    settings = yaml.safe_load(
        (ROOT / "molecule/default/vars/machines.yml").read_text(encoding="utf-8")
    )["nested"]
    values = {
        name: [value] if isinstance(value, str) else value for name, value in settings.items()
    }
    limits = [f"--ulimit={value.replace(':', '=', 1)}" for value in values.pop("ulimits")]
    return limits + [f"--{names[name]}={value}" for name in values for value in values[name]]


class Machine:
    """A nested machine, and the role applied to it."""

    def __init__(self, name: str, image: str, run, start: str) -> None:
        self.name = name
        self._run = run
        self._count = 0
        # Half as much of the processors as the lab machines get, which take longer.
        command = [
            "docker",
            "run",
            "-d",
            f"--name={name}",
            f"--hostname={name}",
            "--cpu-shares=512",
            *nested(),
            image,
            "sh",
            "-c",
            start,
        ]
        subprocess.run(
            ["docker", "rm", "-fv", name],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)

    def remove(self) -> None:
        """Remove the machine and what it held."""
        subprocess.run(["docker", "rm", "-fv", self.name], stdout=subprocess.DEVNULL, check=True)

    def do(self, script: str) -> str:
        """Output of a script, which must succeed."""
        done = subprocess.run(
            ["docker", "exec", "-i", self.name, "sh", "-e"],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def load(self, archive: Path) -> None:
        """Give the machine's engine an image."""
        subprocess.run(
            ["docker", "exec", "-i", self.name, "docker", "load", "-q"],
            stdin=archive.open("rb"),
            check=True,
        )

    def converge(self, rc: int = 0, tasks_from: str = "main", **variables: object) -> str:
        """Output of the role, with Ansible's counts at the end."""
        self._count += 1
        folder = ROOT / ".cache/engine-role"
        folder.mkdir(parents=True, exist_ok=True)
        connection = {
            "ansible_connection": "community.docker.docker",
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        role = {
            "ansible.builtin.import_role": {"name": "docker_engine", "tasks_from": tasks_from},
            "vars": variables,
        }
        play = {"hosts": "all", "gather_facts": False, "tasks": [role]}
        (folder / "play.yml").write_text(json.dumps([play]))
        (folder / "hosts.yml").write_text(json.dumps({"all": {"hosts": {self.name: connection}}}))
        command = ["ansible-playbook", "-i", folder / "hosts.yml", folder / "play.yml"]
        env = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "WORKSHOP_REPORT_PATH": ""}
        return self._run(f"engine-role-{self._count:02}", *command, rc=rc, env=env)

    def package(self, name: str) -> str:
        """Selection, state and version of a package."""
        return self.do(f"dpkg-query -W -f '${{db:Status-Want}} ${{Version}}' {name}")


@pytest.fixture(scope="module")
def image(images) -> str:
    """The root file system that the lab machines have as well."""
    del images
    found = subprocess.check_output(
        ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "lab-machine"], text=True
    ).split()
    return next(name for name in found if ":bookworm-" in name)


@pytest.fixture(scope="module")
def machine(image, run):
    """A machine with systemd."""
    made = Machine("lab-engine", image, run, "umount /proc/sys && exec /sbin/init")
    made.do(
        "until systemctl is-system-running 2>&1 | grep -qx 'running\\|degraded'; do sleep 0.2; done"
    )
    yield made
    made.remove()


@pytest.fixture
def wsl(image, run):
    """What looks like WSL without systemd, and has nothing on it."""
    made = Machine("lab-engine-wsl", image, run, "mkdir /run/WSL && exec sleep infinity")
    made.do("until test -e /run/WSL; do sleep 0.1; done")
    yield made
    made.remove()


@pytest.fixture(scope="module")
def repository(machine, tmp_path_factory):
    made = Repository(tmp_path_factory.mktemp("repository"))
    made.key = made.make_key("mirror")
    machine.do(REPACK)
    engine = made.site / "pool/containerd.io.deb"
    subprocess.run(
        ["docker", "exec", machine.name, "cat", "/tmp/containerd.io.deb"],
        stdout=engine.open("wb"),
        check=True,
    )
    machine.do("rm -r /tmp/containerd.io.deb /var/lib/apt/lists/*")
    made.add_file(engine)
    made.add("docker-buildx-plugin", "0.20-1")
    made.add("docker-compose-plugin", "2.1-1")
    made.add_engine(OLD)
    made.publish(made.key)
    yield made
    subprocess.run(
        ["gpgconf", "--homedir", made.home, "--kill", "all"], check=True
    )  # the agent that signing has started


@pytest.fixture(scope="module")
def archive(image) -> Path:
    """An image that machines without a registry can load."""
    return ROOT / ".cache/molecule/base-images/busybox-latest.tar"


@pytest.fixture(scope="module")
def mirror(repository):
    """Variables of the role: the repository as machines reach it, and its key."""
    # The network itself names no gateway where the engine has just been installed; its containers
    # do.
    form = "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}"
    gateway = subprocess.check_output(
        ["docker", "inspect", "-f", form, "lab-engine"], text=True
    ).strip()

    class Silent(SimpleHTTPRequestHandler):
        """Serves the repository, and as a proxy with a password all of docker.example."""

        def log_message(self, *_):
            pass

        def do_GET(self):
            proxied, _, path = self.path.partition("http://docker.example")
            if (
                path
                and not proxied
                and self.headers["Proxy-Authorization"]
                == f"Basic {base64.b64encode(b'lab:s3cret').decode()}"
            ):
                self.path = path
            super().do_GET()

    with ThreadingHTTPServer(
        (gateway, 0), partial(Silent, directory=repository.folder / "site")
    ) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield {
            "docker_engine_apt_url": f"http://{gateway}:{server.server_port}/linux/debian",
            "docker_engine_apt_fingerprint": repository.key,
        }
        server.shutdown()
        thread.join()


class TestDockersRepository:
    def test_any_other_key_is_refused(self, machine, mirror):
        output = machine.converge(rc=2, **{**mirror, "docker_engine_apt_fingerprint": 40 * "0"})
        assert re.search(
            rf"expected {40 * '0'}, found {mirror['docker_engine_apt_fingerprint']}",
            " ".join(output.split()),
        )
        machine.do(f"! test -e {LIST} && ! test -e {KEYRING} && ! test -e /usr/bin/dockerd")

    def test_installs_the_version_that_is_wanted_and_holds_it(self, machine, mirror):
        output = machine.converge(
            **mirror, docker_engine_version="28.5.1", docker_engine_hold="hold"
        )
        assert (
            f"Docker''s repository: {mirror['docker_engine_apt_url']} can be reached"
            in " ".join(output.split())
        )
        assert machine.package("docker-ce") == f"hold {OLD}"
        assert machine.package("docker-ce-cli") == f"hold {OLD}"
        machine.do("docker version")

    def test_a_new_engine_is_hardened(self, machine, archive):
        options = json.loads(machine.do("cat /etc/docker/daemon.json"))
        assert options == {
            "icc": False,
            "live-restore": True,
            "log-driver": "json-file",
            "log-opts": {"max-file": "3", "max-size": "10m"},
            "no-new-privileges": True,
            "userland-proxy": False,
        }
        machine.load(archive)
        machine.do("docker run -d --name web -p 8080:80 busybox:latest httpd -f")
        machine.do(
            "until curl -so /dev/null localhost:8080; do sleep 0.2; done; ! pgrep docker-proxy"
        )
        assert machine.do("docker exec web grep NoNewPrivs /proc/1/status").split() == [
            "NoNewPrivs:",
            "1",
        ]
        machine.do("docker rm -f web")

    def test_source_is_written_as_the_lesson_has_it(self, machine, mirror):
        expected = (
            f"deb [arch=amd64 signed-by={KEYRING}] {mirror['docker_engine_apt_url']} bookworm "
            "stable"
        )
        assert machine.do(f"cat {LIST}") == expected
        assert mirror["docker_engine_apt_fingerprint"] in machine.do(
            f"gpg --show-keys --with-colons {KEYRING}"
        )

    def test_second_run_changes_nothing(self, machine, mirror):
        assert (
            changed(
                machine.converge(
                    **mirror, docker_engine_version="28.5.1", docker_engine_hold="hold"
                )
            )
            == 0
        )

    def test_nothing_is_upgraded_unasked(self, machine, mirror, repository):
        repository.add_engine(NEW)
        repository.publish(repository.key)
        assert changed(machine.converge(**mirror)) == 0
        assert machine.package("docker-ce") == f"hold {OLD}"

    @pytest.mark.parametrize(
        ("wanted", "version"), [("29.1.0", NEW), ("28.5.1", OLD)], ids=["up", "down"]
    )
    def test_goes_to_the_version_that_is_asked_for(self, machine, mirror, wanted, version):
        machine.converge(**mirror, docker_engine_version=wanted)
        assert machine.package("docker-ce") == f"hold {version}"
        assert machine.package("docker-ce-cli") == f"hold {version}"

    def test_lets_go_of_what_it_held(self, machine, mirror):
        machine.converge(**mirror, docker_engine_hold="release")
        assert machine.package("docker-ce") == f"install {OLD}"

    def test_newest_when_asked_for(self, machine, mirror):
        machine.converge(**mirror, docker_engine_version="latest")
        assert machine.package("docker-ce") == f"install {NEW}"

    def test_mirror_that_has_expired_is_named(self, machine, mirror, repository):
        repository.publish(repository.key, until="Thu, 01 Jan 2026 00:00:01 UTC")
        machine.do("rm -rf /var/lib/apt/lists/*linux_debian*")
        output = machine.converge(rc=2, **mirror, docker_engine_version="28.5.1")
        repository.publish(repository.key)
        assert "is expired" in output or "is not valid anymore" in output
        assert machine.package("docker-ce") == f"install {NEW}"


class TestOptions:
    """The engine goes on with its old options where the new ones would stop it."""

    @pytest.fixture
    def engine(self, machine):
        """What must not change: the process of the engine and its file of options."""
        state = "cat /var/run/docker.pid; cat /etc/docker/daemon.json 2>&1 || true"
        before = machine.do(state)
        yield
        assert machine.do(state) == before
        machine.do("docker version")

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            ({"bad-key": 1}, "bad-key"),
            ({"live-restore": "yes"}, "live-restore"),
            ({"hosts": ["unix:///run/other.sock"]}, "started with hosts as a flag"),
            (
                {"hosts": ["tcp://0.0.0.0:2375"]},
                "opens the engine at tcp://0.0.0.0:2375 to everybody",
            ),
        ],
        ids=["unknown", "wrong type", "flag", "open to the network"],
    )
    def test_mistake_is_refused(self, machine, engine, options, says):
        assert says in " ".join(
            machine.converge(rc=2, docker_engine_daemon_options=options).split()
        )

    def test_file_that_nobody_can_read(self, machine):
        machine.do("mkdir -p /etc/docker && echo '{\"live-restore\": tru' >/etc/docker/daemon.json")
        output = machine.converge(rc=2, docker_engine_daemon_options={"live-restore": True})
        assert "/etc/docker/daemon.json is not JSON: Expecting value: line 1 column 18" in " ".join(
            output.split()
        )
        machine.do("docker version && rm /etc/docker/daemon.json")

    def test_file_that_nobody_can_read_while_the_engine_is_stopped(self, machine):
        machine.do("systemctl stop docker.socket docker")
        machine.do("echo '{\"debug\": true,}' >/etc/docker/daemon.json")
        output = machine.converge(rc=2)
        assert "/etc/docker/daemon.json is not JSON: Expecting property name" in " ".join(
            output.split()
        )
        assert "line 1 column 16" in output
        machine.do("rm /etc/docker/daemon.json")
        machine.converge()
        machine.do("docker version")

    def test_pid_file_that_a_dead_engine_left(self, machine):
        """Engines do not start while any process has the number in it."""
        machine.do("systemctl stop docker.socket docker && echo $$ >/var/run/docker.pid")
        machine.do("echo 1 >/var/run/docker.pid && ! systemctl start docker")
        machine.converge()
        machine.do("docker version && ! grep -x 1 /var/run/docker.pid")
        assert changed(machine.converge()) == 0

    def test_file_that_was_saved_on_windows(self, machine):
        """With a byte-order mark, with which engines before 23 do not start."""
        machine.do(
            "printf '\\357\\273\\277{\\r\\n\"debug\": true\\r\\n}\\r\\n' >/etc/docker/daemon.json"
        )
        machine.do("! grep -q '^{' /etc/docker/daemon.json && systemctl stop docker.socket docker")
        machine.converge()
        machine.do("docker version && docker info -f '{{.Debug}}' | grep -x true")
        machine.do("grep -q '^{' /etc/docker/daemon.json")
        assert changed(machine.converge()) == 0
        machine.do("rm /etc/docker/daemon.json && systemctl restart docker")

    def test_containers_run_on_while_the_engine_restarts(self, machine, archive):
        machine.do(
            "mkdir -p /etc/docker && echo '{\"max-concurrent-uploads\": 3}' "
            ">/etc/docker/daemon.json"
        )
        machine.load(archive)
        machine.converge(
            docker_engine_daemon_options={"live-restore": True}
        )  # this one is only reloaded
        machine.do("docker run -d --name kept busybox:latest sleep 3600")
        look = "docker inspect -f '{{.State.Pid}}' kept; cat /var/run/docker.pid"
        container, engine = machine.do(look).split()
        machine.converge(
            docker_engine_daemon_options={
                "log-opts": {"max-size": "9m"},
                "insecure-registries": ["lab.example:5000"],
            }
        )
        assert machine.do(look).split()[0] == container
        assert machine.do(look).split()[1] != engine
        assert (
            changed(
                machine.converge(
                    docker_engine_daemon_options={"insecure-registries": ["lab.example:5000"]}
                )
            )
            == 0
        )
        options = json.loads(machine.do("cat /etc/docker/daemon.json"))
        assert options == {
            "max-concurrent-uploads": 3,
            "live-restore": True,
            "log-opts": {"max-size": "9m"},
            "insecure-registries": ["lab.example:5000", "127.0.0.0/8", "::1/128"],
        }

    def test_no_default_limit_is_above_the_engines_own(self, machine):
        """Else every container would fail: error setting rlimit type 7."""
        wanted = {"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 10**6}}}
        limit = machine.do(
            "pid=$(cat /var/run/docker.pid); awk '/^Max open files/ {print $5}' /proc/$pid/limits"
        )
        machine.converge(docker_engine_daemon_options=wanted)
        assert machine.do("docker run --rm busybox:latest sh -c 'ulimit -Hn'") == limit
        assert int(limit) < 10**6
        assert changed(machine.converge(docker_engine_daemon_options=wanted)) == 0
        machine.do(
            "docker run -d --name other --ulimit nofile=64:64 busybox:latest sleep 3600 && docker "
            "rm -f other"
        )


class TestNetworks:
    """Proxies and authorities, as classrooms have them."""

    def test_apt_engine_and_client_go_through_the_proxy(self, machine):
        machine.do("useradd -m learner")
        machine.do(
            "mkdir -p ~learner/.docker && printf "  # with the mark of an editor of Windows
            '\'\\357\\273\\277{"auths": {"registry.example": {}}}\\r\\n\' '
            ">~learner/.docker/config.json"
        )
        machine.do("chown -R learner ~learner/.docker")
        output = machine.converge(docker_engine_proxy=PROXY, docker_engine_users=["learner"])
        assert "s3cret" not in output
        assert PROXY["http"] in machine.do("apt-config dump Acquire::http::Proxy")
        assert "DIRECT" in machine.do("apt-config dump Acquire::http::Proxy::registry.example")
        variables = machine.do(
            "tr '\\0' '\\n' </proc/$(cat /var/run/docker.pid)/environ"
        ).splitlines()
        assert {
            f"HTTP_PROXY={PROXY['http']}",
            f"HTTPS_PROXY={PROXY['http']}",
            f"NO_PROXY={LOCAL}",
        } <= set(variables)
        for user in ("root", "learner"):
            inside = machine.do(f"su - {user} -c 'docker run --rm busybox:latest env'").splitlines()
            assert {f"http_proxy={PROXY['http']}", f"no_proxy={LOCAL}"} <= set(inside)
        assert list(json.loads(machine.do("cat ~learner/.docker/config.json"))) == [
            "auths",
            "proxies",
        ]
        modes = (
            "stat -c '%U %a' ~learner/.docker/config.json /root/.docker/config.json "
            "/etc/apt/apt.conf.d/80docker-engine-proxy"
        )
        assert machine.do(modes).splitlines() == ["learner 600", "root 600", "root 600"]
        assert (
            changed(machine.converge(docker_engine_proxy=PROXY, docker_engine_users=["learner"]))
            == 0
        )

    def test_repository_is_reached_through_the_proxy(self, machine, mirror):
        machine.do("rm /etc/apt/keyrings/docker.gpg")  # the key comes through it as well
        proxied = {
            "docker_engine_apt_url": "http://docker.example/linux/debian",
            "docker_engine_apt_fingerprint": mirror["docker_engine_apt_fingerprint"],
            "docker_engine_proxy": {
                "http": mirror["docker_engine_apt_url"]
                .replace("http://", "http://lab:s3cret@")
                .partition("/linux")[0],
                "no_proxy": "deb.debian.org,security.debian.org",
            },
        }
        assert "s3cret" not in machine.converge(**proxied, docker_engine_version="28.5.1")
        assert machine.package("docker-ce") == f"install {OLD}"

    def test_and_no_longer(self, machine, mirror):
        machine.converge(**mirror, docker_engine_users=["learner"], docker_engine_version="29.1.0")
        assert machine.package("docker-ce") == f"install {NEW}"
        assert machine.do("apt-config dump Acquire::http::Proxy") == ""
        assert "PROXY" not in machine.do("tr '\\0' '\\n' </proc/$(cat /var/run/docker.pid)/environ")
        assert json.loads(machine.do("cat ~learner/.docker/config.json")) == {
            "auths": {"registry.example": {}}
        }
        assert changed(machine.converge(docker_engine_users=["learner"])) == 0

    def test_authorities_are_trusted(self, machine, tmp_path):
        certificate = tmp_path / "classroom.pem"
        request = [
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=classroom",
        ]
        subprocess.run(
            ["openssl", *request, "-keyout", tmp_path / "key", "-out", certificate],
            check=True,
            capture_output=True,
        )
        pid = machine.do("cat /var/run/docker.pid")
        wanted = {
            "docker_engine_registry_certificates": {"registry.example:5000": str(certificate)}
        }
        machine.converge(**wanted)
        machine.do("openssl x509 -noout -in /etc/docker/certs.d/registry.example:5000/ca.crt")
        assert machine.do("cat /var/run/docker.pid") == pid  # no restart for one registry
        wanted["docker_engine_ca_certificates"] = [str(certificate)]
        machine.converge(**wanted)
        machine.do(
            "openssl verify -CApath /etc/ssl/certs /usr/local/share/ca-certificates/classroom.crt"
        )
        assert machine.do("cat /var/run/docker.pid") != pid
        assert changed(machine.converge(**wanted)) == 0
        (tmp_path / "none.pem").write_text("nothing")
        output = machine.converge(rc=2, docker_engine_ca_certificates=[str(tmp_path / "none.pem")])
        assert "none.pem holds no certificate in PEM" in " ".join(output.split())


class TestOthersWork:
    """Machines that somebody has set up in another way."""

    def test_user_is_a_member_in_the_same_play(self, machine):
        machine.do("gpasswd -d learner docker")
        machine.converge(docker_engine_users=["learner"])
        machine.do("su learner -c 'docker version'")
        assert changed(machine.converge(docker_engine_users=["learner"])) == 0

    def test_repository_named_twice(self, machine, mirror):
        """As the document types it, and as another role writes it.

        Apt refuses to work with both.
        """
        fields = {
            "Types": "deb",
            "URIs": mirror["docker_engine_apt_url"],
            "Suites": "bookworm",
            "Components": "stable",
        }
        another = "".join(
            f"{key}: {value}\n"
            for key, value in {**fields, "Signed-By": "/etc/apt/keyrings/docker.asc"}.items()
        )
        machine.do(
            f"curl -fsS -o /etc/apt/keyrings/docker.asc {mirror['docker_engine_apt_url']}/gpg"
        )
        machine.do(f"cat >/etc/apt/sources.list.d/docker.sources <<END\n{another}END")
        machine.do("apt-get update 2>&1 | grep 'Conflicting values set for option Signed-By'")
        machine.converge(**mirror, docker_engine_version="28.5.1")
        assert machine.package("docker-ce").endswith(OLD)
        machine.do(f"test -e {LIST} && test ! -e /etc/apt/sources.list.d/docker.sources")

    def test_repository_that_another_role_has_added(self, machine, mirror):
        machine.do(
            "mv /etc/apt/sources.list.d/docker.sources.set-aside "
            f"/etc/apt/sources.list.d/docker.sources; rm {LIST}"
        )
        machine.do(
            "rm /etc/apt/keyrings/docker.asc"
        )  # it comes back in the form that its name promises
        machine.converge(**mirror, docker_engine_version="29.1.0")
        assert machine.package("docker-ce").endswith(NEW)
        machine.do(f"test ! -e {LIST}")

    def test_repository_whose_key_stands_in_its_source(self, machine, mirror):
        source = "/etc/apt/sources.list.d/docker.sources"
        machine.do(f"mv {source} /root/docker.sources")
        inside = machine.do(
            f"curl -fsS {mirror['docker_engine_apt_url']}/gpg | sed 's/^$/./; s/^/ /'"
        )
        machine.do(
            f"cat >{source} <<END\nTypes: deb\nURIs: {mirror['docker_engine_apt_url']}\n"
            f"Suites: bookworm\nComponents: stable\nSigned-By:\n {inside}\nEND"
        )
        before = machine.do(f"cat {source}; ls /etc/apt/keyrings")
        machine.converge(**mirror, docker_engine_version="28.5.1")
        assert machine.package("docker-ce").endswith(OLD)
        assert machine.do(f"cat {source}; ls /etc/apt/keyrings") == before
        another = {**mirror, "docker_engine_apt_fingerprint": 40 * "0"}
        output = machine.converge(rc=2, **another, docker_engine_version="29.1.0")
        assert f"The key in {source} is not that of the repository" in " ".join(output.split())
        assert machine.do(f"cat {source}; ls /etc/apt/keyrings") == before
        machine.do(f"mv /root/docker.sources {source}")
        machine.converge(**mirror, docker_engine_version="29.1.0")

    def test_engine_gives_way_when_told_to_and_images_and_containers_stay(self, machine, mirror):
        machine.converge(docker_engine_source="distribution")
        assert machine.package("docker-ce").endswith(NEW)  # nobody said so
        machine.converge(docker_engine_source="distribution", docker_engine_replace=True)
        assert machine.package("docker.io").startswith("install ")
        assert machine.do("docker ps -a --format '{{.Names}}'") == "kept"
        assert machine.do("docker images --format '{{.Repository}}'") == "busybox"

    def test_removed_again(self, machine):
        output = machine.converge(rc=2, tasks_from="remove", docker_engine_remove_data=True)
        assert "only one of them is. Nothing was removed." in " ".join(output.split())
        authorities = {
            "docker_engine_ca_certificates": ["gone/classroom.pem"],
            "docker_engine_registry_certificates": {"registry.example:5000": "gone/classroom.pem"},
        }
        machine.do(
            "test -e /etc/ssl/certs/classroom.pem && test -e "
            "/etc/docker/certs.d/registry.example:5000/ca.crt"
        )
        machine.converge(tasks_from="remove", **authorities)
        machine.do("test ! -e /usr/bin/dockerd && ls -d /var/lib/docker/overlay2")
        machine.do("test ! -e /etc/docker/daemon.json")  # there was none before the role
        machine.do(
            "test ! -e /usr/local/share/ca-certificates/classroom.crt && test ! -h "
            "/etc/ssl/certs/classroom.pem"
        )
        machine.do("test ! -e /etc/docker/certs.d/registry.example:5000/ca.crt")
        assert changed(machine.converge(tasks_from="remove", **authorities)) == 0


@pytest.mark.usefixtures("mirror")  # which apt goes on asking
class TestAptUnderFire:
    """What stands in the way of an installation is named before anything is done, or repaired."""

    def test_other_installation_is_named(self, machine):
        lock = (
            "import fcntl, time; file = open('/var/lib/dpkg/lock-frontend', 'w'); "
            "fcntl.lockf(file, fcntl.LOCK_EX); time.sleep(600)"
        )
        subprocess.run(["docker", "exec", "-d", machine.name, "python3", "-c", lock], check=True)
        machine.do("until grep -q POSIX /proc/locks; do sleep 0.1; done")
        output = machine.converge(
            rc=2, docker_engine_source="distribution", docker_engine_lock_timeout=2
        )
        machine.do("pkill -f fcntl.lockf")
        assert re.search(
            r"/var/lib/dpkg/lock-frontend is locked by python3 -c import fcntl.* \(pid \d+\)",
            " ".join(output.split()),
        )

    def test_clock_that_is_off_by_a_year_is_named(self, machine):
        machine.do(
            "apt-get update -qq && apt-get install -qqy --no-install-recommends faketime "
            ">/dev/null 2>&1"
        )
        machine.do("rm -r /var/lib/apt/lists/*; echo -365d >/etc/faketimerc")
        machine.do(
            "find /usr/lib -name libfaketime.so.1 >/etc/ld.so.preload"
        )  # for all that starts from now on
        try:
            output = machine.converge(rc=2, docker_engine_source="distribution")
        finally:
            machine.do("rm /etc/ld.so.preload /etc/faketimerc")
        said = " ".join(output.split())
        behind = re.search(
            r"This machine's clock is (\d+) seconds behind, so apt takes signatures for invalid: "
            r"set it right",
            said,
        )
        assert abs(int(behind[1]) - 365 * 24 * 3600) < 600
        assert "InRelease is not valid yet" in said
        machine.do("! test -e /usr/bin/dockerd")

    def test_full_disk_is_refused(self, machine):
        machine.do("mount -t tmpfs -o size=64m none /var/tmp && mount --bind /var/tmp /var")
        try:
            output = machine.converge(rc=2, docker_engine_source="distribution")
        finally:
            machine.do("umount /var && umount /var/tmp")
        assert re.search(
            r"needs 1.40 GB in /var, and 64.00 MB are free. Nothing was installed",
            " ".join(output.split()),
        )

    def test_what_is_half_done_or_in_the_way_is_repaired(self, machine, repository):
        repository.add("stuck", "1", postinst="test ! -e /run/stuck")
        repository.add("podman-docker", "1")
        for name in ("stuck", "podman-docker"):
            package = repository.site / f"pool/{name}_1.deb"
            subprocess.run(
                ["docker", "cp", package, f"{machine.name}:/root/{name}.deb"],
                stdout=subprocess.DEVNULL,
                check=True,
            )
        machine.do(
            "touch /run/stuck; ! dpkg -i /root/stuck.deb; dpkg -i /root/podman-docker.deb; rm "
            "/run/stuck"
        )
        machine.do(
            "printf '#!/bin/sh\\necho no nf_tables >&2; exit 1\\n' >/usr/sbin/xtables-nft-multi"
        )  # a kernel without it
        machine.converge(docker_engine_source="distribution")
        assert machine.do("readlink -f /usr/sbin/iptables").endswith("xtables-legacy-multi")
        assert machine.do("dpkg-query -W -f '${db:Status-Status}' stuck") == "installed"
        machine.do(
            "docker version; ! dpkg-query -W -f '${db:Status-Status}' podman-docker | grep -x "
            "installed"
        )
        assert changed(machine.converge(docker_engine_source="distribution")) == 0


def test_systemd_is_turned_on_in_wsl(wsl):
    wsl.do(
        "printf '[network]\\nhostname = lab\\n\\n[boot]\\ncommand = touch /run/booted\\n' "
        ">/etc/wsl.conf"
    )
    wsl.converge(tasks_from="boot", docker_engine_wsl_systemd=True)
    command = "touch /run/booted; run-parts --arg=start --regex=^S..docker /etc/rc2.d"
    lines = wsl.do("cat /etc/wsl.conf").splitlines()
    assert [line for line in lines if line] == [
        "[network]",
        "hostname = lab",
        "[boot]",
        f"command = {command}",
        "systemd = true",
    ]
    assert changed(wsl.converge(tasks_from="boot", docker_engine_wsl_systemd=True)) == 0


def test_wsl_conf_that_was_edited_on_windows(wsl):
    wsl.do(
        "printf '[Boot]\\r\\nCommand = touch /run/booted\\r\\n[user]\\r\\ndefault = anna\\r\\n' "
        ">/etc/wsl.conf"
    )
    wsl.converge(tasks_from="boot")
    assert wsl.do("cat -A /etc/wsl.conf").splitlines() == [
        "[Boot]^M$",
        "Command = touch /run/booted; run-parts --arg=start --regex=^S..docker /etc/rc2.d^M$",
        "[user]^M$",
        "default = anna^M$",
    ]
    assert changed(wsl.converge(tasks_from="boot")) == 0
    wsl.converge(tasks_from="remove")
    assert wsl.do("sed -n 2p /etc/wsl.conf").strip() == "Command = touch /run/booted"


def test_engine_of_docker_desktop_is_left_alone(wsl):
    wsl.do("ln -s /mnt/wsl/docker-desktop/cli-tools/usr/bin/docker /usr/bin/docker")
    output = wsl.converge(rc=2)
    assert "Start Docker Desktop on Windows" in " ".join(output.split())
    subprocess.run(["docker", "exec", "-d", wsl.name, "python3", "-c", DESKTOP], check=True)
    wsl.do("until test -S /var/run/docker.sock; do sleep 0.1; done")
    output = " ".join(wsl.converge(docker_engine_daemon_options={"debug": True}).split())
    assert "does not read /etc/docker/daemon.json: nothing was written there." in output
    assert 'Settings > Docker Engine: {"debug": true}' in output.replace("\\", "")
    assert "Docker Desktop starts it, on Windows" in output
    wsl.do("! ls /etc/docker /etc/default/docker /etc/init.d/docker /etc/wsl.conf /usr/bin/dockerd")
    assert changed(wsl.converge(docker_engine_daemon_options={"debug": True})) == 0


def test_repository_is_reached_through_a_proxy_that_apt_alone_knows(wsl, mirror):
    proxy = mirror["docker_engine_apt_url"].replace("http://", "http://lab:s3cret@")
    setting = f'Acquire::http::Proxy::docker.example "{proxy.partition("/linux")[0]}/";'
    wsl.do(f"echo '{setting}' >/etc/apt/apt.conf.d/90classroom")
    output = wsl.converge(
        rc=2,
        docker_engine_apt_url="http://docker.example/linux/debian",
        docker_engine_apt_fingerprint=40 * "0",
    )
    said = " ".join(output.split())
    assert "http://docker.example/linux/debian can be reached" in said
    assert f"found {mirror['docker_engine_apt_fingerprint']}" in said
    wsl.do("! test -e /usr/bin/dockerd")
