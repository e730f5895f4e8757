# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message when the engine cannot be reached, or refuses.

Error paths only, on sockets of our own.
"""

from __future__ import annotations

import datetime
import errno
import ipaddress
import json
import socket

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
        match=rf"Expected ca\.pem, cert\.pem and key\.pem in {others} \(DOCKER_CERT_PATH\)",
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
            r"the address of an engine, such as .*, but found 'tcp.*DOCKER_HOST in the "
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


def test_an_engine_that_refuses_is_quoted(listening):
    engine = Engine(listening(containers=(500, b'{"message": "no space left on device"}')))
    with pytest.raises(EngineError, match="but the engine answered: no space left on device"):
        engine.containers()


def test_a_newer_engine_is_spoken_to_as_tested(listening):
    newer = {"Version": "99.0", "ApiVersion": "1.99", "MinAPIVersion": "1.40"}
    engine = Engine(listening(version=(200, json.dumps(newer).encode())))
    assert engine.api.api_version == "1.45"


@pytest.mark.parametrize(
    ("version", "observed"),
    [
        (
            {"ApiVersion": "1.40", "MinAPIVersion": "1.12"},
            r"between 1\.41 and 1\.45, but found one that speaks 1\.40 at most.*20\.10",
        ),
        (
            {"ApiVersion": "1.20", "MinAPIVersion": "1.12"},
            r"between 1\.41 and 1\.45, but found an older one .*20\.10",
        ),
        (
            {"ApiVersion": "1.60", "MinAPIVersion": "1.50"},
            r"but found one that speaks 1\.50 to 1\.60.*Update this collection",
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
    pattern = r"do not fit together: docker \d+\S+, requests \d+\S+, urllib3 \d+.*Install a newer"
    with pytest.raises(EngineError, match=pattern):
        Engine(f"unix://{tmp_path}/docker.sock")


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
