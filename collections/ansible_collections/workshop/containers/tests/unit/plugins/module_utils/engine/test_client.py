# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said when the engine cannot be reached, or refuses.

Error paths only, on sockets of our own.
"""

from __future__ import annotations

import datetime
import errno
import io
import ipaddress
import json
import shutil
import socket
import stat
import tarfile
import types

import docker
import docker.errors
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from ansible_collections.workshop.containers.plugins.module_utils.engine import connection
from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine
from ansible_collections.workshop.containers.plugins.module_utils.errors import (
    EngineError,
    LabError,
)


def test_no_socket_says_which_and_how_to_start(tmp_path):
    with pytest.raises(
        EngineError, match=r"the socket .*/none\.sock does not exist.*service docker start"
    ):
        Engine(f"unix://{tmp_path}/none.sock")


def test_a_socket_that_nobody_listens_on(tmp_path):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    with pytest.raises(EngineError, match=r"no engine listens on .*dead\.sock"):
        Engine(f"unix://{tmp_path}/dead.sock")


def test_an_engine_that_takes_connections_and_never_answers(tmp_path, monkeypatch):
    """A stopped dockerd is such a one."""
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent.sock"))
        silent.listen()
        with pytest.raises(EngineError, match=r"not done within 0\.2 s.*service docker restart"):
            Engine(f"unix://{tmp_path}/silent.sock")


def test_a_path_that_no_socket_can_have(tmp_path):
    with pytest.raises(EngineError, match="does not exist"):
        Engine(f"unix://{tmp_path}/{'x' * 120}.sock")


def test_an_engine_that_is_being_started_is_waited_for(tmp_path, monkeypatch):
    """Its process is there, by its pid file, and listens a moment later."""
    path = tmp_path / "docker.sock"
    asked = []

    def runs(pid_file):
        asked.append(pid_file)
        return True

    def listening(_path):
        return len(asked) > 2

    monkeypatch.setattr(connection, "_runs", runs)
    monkeypatch.setattr(connection.Connection, "_listening", staticmethod(listening))
    with pytest.raises(EngineError, match="does not exist"):
        Engine(f"unix://{path}")
    assert set(asked) == {f"{tmp_path}/docker.pid"}
    assert len(asked) == 3


@pytest.mark.parametrize(
    "text", ["", "no number", "4194304999"], ids=["empty", "no number", "no such process"]
)
def test_a_pid_file_that_a_crash_left_behind_is_not_waited_for(tmp_path, text):
    (tmp_path / "docker.pid").write_text(text)
    (tmp_path / "docker.sock").touch()
    with pytest.raises(EngineError, match="no engine listens"):
        Engine(f"unix://{tmp_path}/docker.sock")


def test_a_socket_that_may_not_be_used(tmp_path, monkeypatch):
    """Root may use every socket, so the SDK's words are played back."""

    def refuse(**_settings):
        raise docker.errors.DockerException(
            "Error while fetching server API version: PermissionError(13, 'Permission denied')"
        )

    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(docker, "APIClient", refuse)
    with pytest.raises(
        EngineError, match=r"no permission to use .*docker\.sock.*member of the group docker"
    ):
        Engine(f"unix://{tmp_path}/docker.sock")


def test_a_socket_that_somebody_else_may_use_is_not_waited_for(tmp_path, monkeypatch):
    """Root may use every socket, so the kernel's answer is played back."""
    monkeypatch.setattr(connection, "_runs", lambda _pid_file: True)
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    for code, listens in (
        (errno.EACCES, True),
        (errno.EAGAIN, True),
        (errno.ENOENT, False),
        (errno.ECONNREFUSED, False),
    ):
        monkeypatch.setattr(socket.socket, "connect_ex", lambda _probe, _path, code=code: code)
        assert connection.Connection._listening("/nowhere") is listens


@pytest.fixture
def certificates(tmp_path_factory):
    """A function that makes a folder as DOCKER_CERT_PATH.

    A certificate for 127.0.0.1 that vouches for itself, and its key.
    """

    def make():
        folder = tmp_path_factory.mktemp("certificates")
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "engine")])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder(
            name,
            name,
            key.public_key(),
            x509.random_serial_number(),
            now,
            now + datetime.timedelta(days=1),
        )
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        builder = builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        signed = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
        for path in ("ca.pem", "cert.pem"):
            (folder / path).write_bytes(signed)
        (folder / "key.pem").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        return folder

    return make


def test_an_engine_with_tls(listening, certificates, monkeypatch):
    ours, others = certificates(), certificates()
    # Requests would take it for the engine's authority.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(others / "ca.pem"))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(ours))
    address = listening(tls=ours)
    engine = Engine(address)
    assert engine.version() == "20.10.24"
    engine.close()
    monkeypatch.setenv("DOCKER_CERT_PATH", str(others))
    with pytest.raises(
        EngineError,
        match=f"Cannot reach the Docker Engine: no TLS with {address}: certificate verify failed: self.signed certificate",
    ):
        Engine(address)
    (others / "key.pem").unlink()
    with pytest.raises(
        EngineError,
        match=rf"expected ca\.pem, cert\.pem and key\.pem in {others} \(DOCKER_CERT_PATH\)",
    ):
        Engine(address)


def test_certificates_alone_are_not_asked_for(listening, certificates, monkeypatch):
    """The Docker command wants DOCKER_TLS_VERIFY, too."""
    monkeypatch.setenv("DOCKER_CERT_PATH", str(certificates()))
    with pytest.raises(EngineError, match="no engine answers at"):
        Engine("tcp://127.0.0.1:1")


@pytest.mark.parametrize("host", ["tcp://h:99999", "tcp://h:port", "tcp://[::1"])
def test_an_address_that_is_none(host):
    with pytest.raises(
        EngineError,
        match=(
            r"the address of an engine, such as .*; observed 'tcp.*DOCKER_HOST in the "
            r"environment"
        ),
    ):
        Engine(host)


def test_an_engine_that_wants_tls(monkeypatch):
    """The words of an engine 20.10."""

    def refuse(**_settings):
        raise docker.errors.DockerException(
            "Error while fetching server API version: 400 Client Error for "
            "http://127.0.0.1:2376/version: Bad Request "
            '("Client sent an HTTP request to an HTTPS server.")'
        )

    monkeypatch.setattr(docker, "APIClient", refuse)
    with pytest.raises(
        EngineError, match=r"an engine at tcp://127\.0\.0\.1:2376 that wants TLS.*DOCKER_TLS_VERIFY"
    ):
        Engine("tcp://127.0.0.1:2376")


def test_a_connection_that_is_cut_is_no_traceback(listening):
    engine = Engine(listening(containers=(0, b"")))
    with pytest.raises(
        EngineError,
        match="Cannot reach the Docker Engine: the connection to the engine was lost",
    ):
        engine.containers()


def test_of_changes_that_are_told_alike_one_that_is_there_counts(listening):
    told = [("/\ufffd", 1), ("/\ufffd\ufffd", 2), ("/gone", 2), ("/a", 0)]
    body = json.dumps([{"Path": path, "Kind": kind} for path, kind in told]).encode()
    assert Engine(listening(changes=(200, body))).changes("1") == {
        "/\ufffd": "A",
        "/gone": "D",
        "/a": "C",
    }


def test_an_engine_that_refuses_is_quoted(listening):
    engine = Engine(listening(containers=(500, b'{"message": "no space left on device"}')))
    with pytest.raises(EngineError, match="observed no space left on device"):
        engine.containers()


def test_an_error_inside_a_streamed_answer_is_a_failure(listening):
    stream = b'{"status":"Pulling"}\r\n{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}\r\n'
    engine = Engine(
        listening(
            **{
                "images/create": (200, stream),
                "images/busybox": (404, b'{"message":"No such image"}'),
            }
        ),
    )
    with pytest.raises(EngineError, match="observed manifest unknown"):
        engine.pull("busybox")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "busybox",
            r"is this machine offline\? The engine asks http://127\.0\.0\.1:5000/ and docker\.io: "
            r"see",
        ),
        (
            "registry.example/a",
            r"is this machine offline\? The engine asks registry\.example, for it has no mirror: "
            r"see",
        ),
    ],
)
def test_an_image_that_does_not_come_says_where_it_was_asked_for(listening, name, says):
    stream = b'{"errorDetail":{"message":"Get https://registry-1.docker.io/v2/: dial tcp: lookup registry-1.docker.io: no such host"}}\r\n'
    info = json.dumps({"RegistryConfig": {"Mirrors": ["http://127.0.0.1:5000/"]}}).encode()
    missing = {
        f"images/{each}/json": (404, b'{"message":"No such image"}')
        for each in ("busybox:latest", "registry.example/a:latest")
    }
    engine = Engine(listening(**{"images/create": (200, stream), "info": (200, info), **missing}))
    with pytest.raises(EngineError, match=f"no such host.*{says}"):
        engine.pull(name)


def test_a_name_is_matched_exactly(listening):
    """The engine's own filter and look-up take prefixes of names and ids for a match."""
    found = [
        {"Id": "httpd" + "0" * 59, "Names": ["/other"]},
        {"Id": "1" * 64, "Names": ["/httpd2"]},
    ]
    engine = Engine(listening(**{"containers/json": (200, json.dumps(found).encode())}))
    assert engine.container_named("httpd") is None


def test_a_newer_engine_is_spoken_to_as_tested(listening):
    newer = {"Version": "99.0", "ApiVersion": "1.99", "MinAPIVersion": "1.40"}
    engine = Engine(listening(version=(200, json.dumps(newer).encode())))
    assert engine.api.api_version == "1.45"


@pytest.mark.parametrize(
    ("version", "observed"),
    [
        (
            {"ApiVersion": "1.40", "MinAPIVersion": "1.12"},
            r"between 1\.41 and 1\.45; observed one that speaks 1\.40 at most.*20\.10",
        ),
        (
            {"ApiVersion": "1.20", "MinAPIVersion": "1.12"},
            r"between 1\.41 and 1\.45; observed an older one .*20\.10",
        ),
        (
            {"ApiVersion": "1.60", "MinAPIVersion": "1.50"},
            r"observed one that speaks 1\.50 to 1\.60.*update this collection",
        ),
    ],
)
def test_an_engine_with_which_there_is_no_common_api(listening, version, observed):
    with pytest.raises(EngineError, match=observed):
        Engine(listening(version=(200, json.dumps({"Version": "?", **version}).encode())))


def test_nobody_answers_at_an_address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(EngineError, match=f"no engine answers at {address}"):
            Engine(address)


def test_what_is_not_there_is_told_with_what_is_like_it(listening):
    found = [{"Id": "1" * 64, "Created": 1, "Names": ["/session"], "State": "exited"}]
    engine = Engine(
        listening(
            **{"filters=": (200, b"[]"), "containers/json": (200, json.dumps(found).encode())}
        )
    )
    with pytest.raises(
        LabError, match=r"no such container; did you mean session \(exited\)\? What to do"
    ):
        engine.need_container("sesion")


@pytest.mark.parametrize(
    "words",
    [
        "Not supported URL scheme http+docker",
        "HTTPConnection.request() got an unexpected keyword argument 'chunked'",
    ],
    ids=["SDK 7.0 with requests 2.32", "SDK 5.0 with urllib3 2"],
)
def test_packages_that_do_not_fit_are_named(tmp_path, monkeypatch, words):
    """Seen with these versions in environments of their own; the SDK's words are played back."""

    def refuse(**_settings):
        raise docker.errors.DockerException(f"Error while fetching server API version: {words}")

    (tmp_path / "docker.sock").touch()
    monkeypatch.setattr(docker, "APIClient", refuse)
    pattern = r"do not fit together: docker \d+\S+, requests \d+\S+, urllib3 \d+.*install a newer"
    with pytest.raises(EngineError, match=pattern):
        Engine(f"unix://{tmp_path}/docker.sock")


def pulling(listening, words, **info):
    """An engine whose pulls fail with these words."""
    answers = {
        "images/create": (200, json.dumps({"error": words}).encode()),
        "info": (200, json.dumps({"RegistryConfig": {"Mirrors": []}, **info}).encode()),
    }
    return Engine(listening(**answers))


OFFLINE = (
    'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: no such host'
)


@pytest.mark.parametrize("words", [OFFLINE, "write /var/lib/docker/tmp/x: no space left on device"])
def test_a_full_disk_is_named_whatever_the_engine_says(tmp_path, listening, monkeypatch, words):
    """The engine goes on to the next registry after a pull that failed for want of space."""
    usage = types.SimpleNamespace(total=30_000_000, used=30_000_000, free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda root: usage if root == "/data" else None)
    engine = pulling(listening, words, DockerRootDir="/data")
    pattern = r"disk is full: 0 of 30 MB free in /data .*docker system df"
    with pytest.raises(EngineError, match=pattern) as error:
        engine.pull("busybox")
    assert "offline" not in str(error.value)


@pytest.mark.parametrize("size", [5, 2**20, 2**24])
def test_of_a_huge_file_in_a_container_only_the_begin_is_read(listening, size):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("hello")
        member.size = size
        tar.addfile(member, io.BytesIO(size * b"x"))
    engine = Engine(listening(**{"/archive": (200, archive.getvalue())}))
    mode, text = engine.file_in("1234", "/hello")
    assert (mode, text) == (stat.S_IFREG | 0o644, min(size, 2**20) * "x")


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [(tarfile.DIRTYPE, stat.S_IFDIR), (tarfile.SYMTYPE, stat.S_IFLNK)],
)
def test_what_is_no_file_in_a_container_is_told_apart(listening, kind, wanted):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        member = tarfile.TarInfo("hello")
        member.type = kind
        tar.addfile(member)
    engine = Engine(listening(**{"/archive": (200, archive.getvalue())}))
    assert engine.file_in("1234", "/hello") == (wanted | 0o644, "")


def downloading(layer, total, status="Downloading"):
    return {"id": layer, "status": status, "progressDetail": {"current": 1, "total": total}}


@pytest.mark.parametrize(
    ("messages", "free", "words"),
    [
        # More is to come than there is room for; afterwards all of it is free again.
        (
            [downloading("a", 20_000_000), downloading("a", 20_000_000), downloading("b", 2**24)],
            [30_000_000],
            "disk is full: 37 MB are to come, 30 of 40 MB free in /data ",
        ),
        # It was full for a moment, while layers were unpacked.
        (
            [downloading("a", 1000), downloading("a", 1000, "Extracting")],
            [30_000_000, 30_000_000, 25_000_000, 2_000_000, 30_000_000],
            "disk is full: 2 of 40 MB free in /data ",
        ),
        ([downloading("a", 20_000_000)], [30_000_000], "is this machine offline"),
        ([{"id": "a", "status": "Downloading"}], [30_000_000], "is this machine offline"),
    ],
    ids=["to come", "for a moment", "room", "unknown"],
)
def test_a_disk_that_was_full_on_the_way_is_named(monkeypatch, listening, messages, free, words):
    left = list(free)

    def usage(_root):
        now = left.pop(0) if len(left) > 1 else left[0]
        return types.SimpleNamespace(total=40_000_000, free=now)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    stream = "\r\n".join(json.dumps(each) for each in [*messages, {"error": OFFLINE}])
    info = {"RegistryConfig": {"Mirrors": []}, "DockerRootDir": "/data"}
    engine = Engine(
        listening(
            **{
                "images/create": (200, stream.encode()),
                "info": (200, json.dumps(info).encode()),
            }
        )
    )
    with pytest.raises(EngineError, match=words):
        engine.pull("busybox")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("write /big: no space left on device", "the disk of this machine is full (write /big"),
        ("mkdir /sys/fs/cgroup/docker: no space left on device", "mkdir /sys/fs/cgroup"),
    ],
)
def test_a_full_disk_is_named_where_the_engine_answers_with_it(listening, words, told):
    engine = Engine(
        listening(**{"/containers/json": (500, json.dumps({"message": words}).encode())})
    )
    with pytest.raises(EngineError) as error:
        engine.containers()
    assert error.value.observed.startswith(told)
    assert ("docker system df" in error.value.remedy) == told.startswith("the disk")


def test_a_disk_with_room_is_not_blamed(tmp_path, listening):
    engine = pulling(listening, OFFLINE, DockerRootDir=str(tmp_path))
    with pytest.raises(EngineError, match="is this machine offline"):
        engine.pull("busybox")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            'Get "https://registry.example/v2/": Proxy Authentication Required',
            "the proxy between .* wants a login.*docker_engine_proxy",
        ),
        (
            "toomanyrequests: You have reached your unauthenticated pull rate limit",
            "limits its requests.*docker login registry.example",
        ),
        (
            "no matching manifest for linux/arm/v7 in the manifest list entries",
            "another kind of processor",
        ),
    ],
)
def test_why_an_image_did_not_come(listening, words, told):
    with pytest.raises(EngineError, match=told):
        pulling(listening, words).pull("registry.example/app:1")
