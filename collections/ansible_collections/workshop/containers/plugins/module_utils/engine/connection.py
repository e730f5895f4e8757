# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the Docker Engine.

The version of its API, and what its errors mean.
"""

from __future__ import annotations

import errno
import json
import os
import re
import socket as sockets
import sys
import traceback
from contextlib import closing, contextmanager, suppress
from typing import Any, Callable, Iterable, Iterator
from urllib.parse import urlsplit

from ..deadline import DeadlineError, deadline
from ..errors import EngineError, RefusedError, UnreachableError
from ..retry import retry
from .credentials import config_path
from .refusals import Refusal, refusal

_LOST: tuple[type[BaseException], ...] = (ConnectionError, json.JSONDecodeError)
FAILURES = _LOST
try:
    import docker
    import docker.errors
    import docker.utils
    import requests.exceptions
    import urllib3.exceptions

    SDK_IMPORT_ERROR = None
    _LOST += (requests.exceptions.RequestException, urllib3.exceptions.HTTPError)
    FAILURES = (docker.errors.DockerException, *_LOST)
except ImportError:
    SDK_IMPORT_ERROR = traceback.format_exc()

DEFAULT_HOST = "unix:///var/run/docker.sock"
# The newest API that this code was tested with: the SDK's "auto" would adopt whatever a newer
# engine offers.
NEWEST_API = (1, 45)
OLDEST_API = (1, 41)
# Seconds to wait for an engine that is being started
PATIENCE = 30
_HANGS = "it hangs: restart it (`service docker restart`), then run again"
_CHUNK = 65536
# An SDK before 7.1 with requests 2.32, and one before 6.1 with urllib3 2
_UNFITTING = re.compile("Not supported URL scheme|unexpected keyword argument")
_CERTIFICATES = (
    "see that ca.pem, cert.pem and key.pem are there, may be read, and belong to that engine"
)


class Connection:
    """A connected engine."""

    def __init__(self, host: str) -> None:
        self.host = host or DEFAULT_HOST  # DOCKER_HOST may be there and empty
        self._await_start()
        expected = "an answer from the Docker Engine"
        try:
            with deadline(PATIENCE, expected, _HANGS), self.speaking(expected):
                self.api = self._connect()
        except DeadlineError as error:
            raise UnreachableError(error.expected, error.observed, error.remedy) from None

    def _await_start(self) -> None:
        """Wait for an engine that runs but does not listen yet.

        For example, one that is being restarted because its options have changed.
        """
        path = self._socket()
        if path:
            pid_file = f"{os.path.splitext(path)[0]}.pid"
            retry(lambda: self._listening(path) or not _runs(pid_file), bool, PATIENCE)

    def _socket(self) -> str:
        return self.host[len("unix://") :] if self.host.startswith("unix://") else ""

    def _connect(self) -> Any:
        # No read timeout: a commit or a stop may take longer than any guess, and its outcome would
        # be unknown.
        settings: dict[str, Any] = {"base_url": self.host, "timeout": None}
        try:
            int(urlsplit(self.host).port or 0)
        except ValueError as error:
            wanted = (
                "the address of an engine, such as unix:///var/run/docker.sock or tcp://HOST:2376"
            )
            raise EngineError(
                wanted,
                f"{self.host!r} ({error})",
                "correct `docker_host`, or DOCKER_HOST in the environment",
            ) from None
        if self.host.startswith("tcp://") and os.environ.get("DOCKER_TLS_VERIFY"):
            settings.update(self._tls())
        spoken = (
            f"an engine that speaks an API between {_version(OLDEST_API)} and "
            f"{_version(NEWEST_API)}"
        )
        remedy = "install Docker Engine 20.10 or newer"
        try:
            api = docker.APIClient(version="auto", **settings)
        except docker.errors.InvalidVersion as error:
            raise EngineError(spoken, f"an older one ({error})", remedy) from error
        except ValueError as error:
            # The SDK reads all that is kept there at once.
            kept = config_path()
            raise EngineError(
                f"what `docker login` keeps in {kept}",
                f"something else ({error})",
                f"fix or remove {kept}",
            ) from error
        offered = _parts(api.api_version)
        if offered < OLDEST_API:
            raise EngineError(spoken, f"one that speaks {api.api_version} at most", remedy)
        if offered > NEWEST_API:
            oldest = api.version()["MinAPIVersion"]
            api.close()
            if _parts(oldest) > NEWEST_API:
                observed = f"one that speaks {oldest} to {_version(offered)}"
                raise EngineError(
                    spoken,
                    observed,
                    f"update this collection, or let the engine speak {_version(NEWEST_API)} too",
                )
            api = docker.APIClient(version=_version(NEWEST_API), **settings)
        return api

    def speaks(self, version: tuple[int, ...]) -> bool:
        """True if the engine speaks this version of the API, or a newer one."""
        return _parts(self.api.api_version) >= version

    def _tls(self) -> dict[str, Any]:
        """Settings for TLS, from the environment, as the Docker command takes them from there."""
        for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            # They would take the place of the engine's own authority.
            os.environ.pop(variable, None)
        try:
            return {
                **docker.utils.kwargs_from_env(environment={**os.environ, "DOCKER_HOST": self.host})
            }
        except docker.errors.TLSParameterError as error:
            place = os.environ.get("DOCKER_CERT_PATH") or "~/.docker"
            files = f"ca.pem, cert.pem and key.pem in {place} (DOCKER_CERT_PATH)"
            raise EngineError(
                f"{files}, for TLS with {self.host}", "not all of them", _CERTIFICATES
            ) from error

    @contextmanager
    def speaking(self, expected: str, remedy: str = "") -> Iterator[None]:
        """Turn what the SDK and its transports raise into an EngineError about ``expected``."""
        try:
            yield
        except docker.errors.APIError as error:
            raise _refused(expected, self._explain(error), remedy) from error
        except docker.errors.DockerException as error:
            if "fetching server API version" in str(error):
                raise UnreachableError(expected, *self._unreachable(error)) from error
            raise RefusedError(expected, str(error), remedy) from error
        except _LOST as error:
            raise UnreachableError(expected, *self._unreachable(error)) from error

    @staticmethod
    def _explain(error: Any) -> str:
        return str(error.explanation or error).strip()

    def _unreachable(self, error: BaseException) -> tuple[str, str]:
        """Explain a failed connection, with the remedy."""
        path = self._socket()
        if _UNFITTING.search(str(error)):
            return _unfitting()
        if path and not os.path.exists(path):
            return (
                f"the socket {path} does not exist",
                "start the engine (`service docker start`), then run again",
            )
        if path and "Permission denied" in str(error):
            return (
                f"no permission to use {path}",
                "run as root, or as a member of the group docker after logging in again",
            )
        if "HTTP request to an HTTPS server" in str(error):
            remedy = (
                "set DOCKER_TLS_VERIFY and DOCKER_CERT_PATH in the task's environment, as for the "
                "docker command"
            )
            return f"an engine at {self.host} that wants TLS", remedy
        if not path and any(
            word in str(error) for word in ("SSL", "certificate", "Permission denied")
        ):
            reason = (re.search(r"\] ([^(']+)", str(error)) or ["", type(error).__name__])[
                1
            ].strip()
            return f"no TLS with {self.host}: {reason}", _CERTIFICATES
        if not path and "refused" in str(error):
            return (
                f"no engine answers at {self.host}",
                "see that the engine runs and listens there, then run again",
            )
        if path and not self._listening(path):
            return (
                f"no engine listens on {path}",
                "start the engine (`service docker start`), then run again",
            )
        return (
            f"the connection to the engine was lost ({type(error).__name__})",
            "see that the engine runs, then run again",
        )

    @staticmethod
    def _listening(path: str) -> bool:
        with sockets.socket(sockets.AF_UNIX) as probe, suppress(OSError):
            # Where it is not for us, somebody listens all the same.
            return probe.connect_ex(path) not in (errno.ENOENT, errno.ECONNREFUSED)
        return False  # a path that is too long

    def _found(self, expected: str, inspect: Callable[[str], Any], what: str) -> Any:
        """The answer of ``inspect``; None if there is no such thing."""
        with self.speaking(expected):
            try:
                return inspect(what)
            except docker.errors.NotFound:
                return None

    @contextmanager
    def streaming(
        self, expected: str, url: str, container_id: str, **params: Any
    ) -> Iterator[Iterator[bytes]]:
        """The body of an answer about a container, piece by piece.

        The SDK's own ways hold all of it, or hand out single bytes.
        """
        with self.speaking(expected):
            answer = self.api._get(self.api._url(url, container_id), params=params, stream=True)
            with closing(answer):
                self.api._raise_for_status(answer)
                yield answer.iter_content(_CHUNK)

    def sifted(
        self, stream: Iterable[dict[str, Any]], expected: str, remedy: str = ""
    ) -> Iterator[dict[str, Any]]:
        """The messages of a streamed answer, as they come.

        Raises RefusedError where one is an error.
        """
        for message in stream:
            if "error" in message or "errorDetail" in message:
                detail = message.get("errorDetail") or {}
                raise RefusedError(
                    expected, str(detail.get("message") or message.get("error")).strip(), remedy
                )
            yield message

    def close(self) -> None:
        """Close the connection."""
        self.api.close()


def _refused(expected: str, observed: str, remedy: str) -> EngineError:
    """The error for what the engine answered; a full disk is named as what it is."""
    # A control group of the kernel that cannot be made has the same words.
    if refusal(observed) is Refusal.DISK and "/sys/fs/cgroup" not in observed:
        return EngineError(expected, f"{Refusal.DISK.words} ({observed})", Refusal.DISK.remedy)
    return RefusedError(expected, observed, remedy)


def _unfitting() -> tuple[str, str]:
    """Explain an SDK that does not fit the packages that it uses, with the remedy."""
    from importlib import metadata  # here, for it takes time that nobody else needs to spend

    found = []
    for package in ("docker", "requests", "urllib3"):
        with suppress(metadata.PackageNotFoundError):
            found.append(f"{package} {metadata.version(package)}")
    return (
        f"Python packages that do not fit together: {', '.join(found)}",
        f"install a newer docker for {sys.executable} (7.1 goes with all of them), or the "
        "distribution's python3-docker with its own requests and urllib3",
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _version(parts: tuple[int, ...]) -> str:
    return ".".join(map(str, parts))


def _runs(pid_file: str) -> bool:
    """True if the process of an engine's pid file is there, and is an engine.

    A crash leaves the file behind.
    """
    try:
        with open(pid_file, encoding="ascii") as stream, open(
            f"/proc/{int(stream.read())}/comm", encoding="utf-8"
        ) as name:
            return name.read().strip() == "dockerd"
    except (OSError, ValueError):
        return False
