# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials that `docker login` stores in ~/.docker/config.json of the user who runs this."""

from __future__ import annotations

import base64
import json
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from typing import Any, Iterator

from ..errors import LabError
from ..files import text_of, write_file

with suppress(ImportError):  # connection.SDK_IMPORT_ERROR tells
    import docker.credentials


def config_path() -> str:
    """The path of the Docker command's settings."""
    folder = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    return os.path.join(folder, "config.json")


def stored_credentials(registry: str) -> dict[str, str] | None:
    """``{"username", "password", "serveraddress"}`` for a registry (``host:port``), or None.

    They are in the file, or in a credential helper. Raises LabError.
    """
    config = read_config()
    helper = _helper(config, registry)
    if helper:
        return _kept_by(helper, registry)
    entry = next((each.get("auth") for each in _entries(config, registry).values()), None)
    if not entry:
        return None
    try:
        username, _, password = base64.b64decode(entry).decode(errors="replace").partition(":")
    except ValueError as error:
        path = config_path()
        raise LabError(
            f"credentials for {registry} in {path}",
            f"none that can be read ({error})",
            f"`docker login {registry}`",
        ) from None
    return {"username": username, "password": password, "serveraddress": registry}


def _entries(config: dict[str, Any], registry: str) -> dict[str, dict[str, Any]]:
    """The entries for a registry.

    Docker finds it by its host, whatever stands around it in the key.
    """
    found = config.get("auths") or {}
    return {
        key: entry or {}
        for key, entry in found.items()
        if key.partition("://")[2].partition("/")[0] == registry or key == registry
    }


def _helper(config: dict[str, Any], registry: str) -> str:
    """The credential helper that stores the credentials for a registry; empty: the file does."""
    return (config.get("credHelpers") or {}).get(registry) or config.get("credsStore") or ""


@contextmanager
def _store(helper: str, registry: str) -> Iterator[Any]:
    """The helper, as the SDK speaks with it.

    Raises LabError where it is not installed, or fails.
    """
    program = f"docker-credential-{helper}"
    if shutil.which(program) is None:
        raise _helper_error(program, registry, "is not installed")
    try:
        yield docker.credentials.Store(helper)
    except docker.credentials.StoreError as error:
        raise _helper_error(program, registry, f"failed ({error})") from None
    except ValueError as error:
        raise _helper_error(program, registry, f"answered with invalid JSON ({error})") from None


def _helper_error(program: str, registry: str, what: str) -> LabError:
    where = config_path()
    observed = f"the helper {program}, which {where} names, {what}"
    return LabError(
        f"the credentials for {registry}",
        observed,
        f"make {program} work here, or take credsStore and credHelpers out of {where} and log in "
        "again",
    )


def _kept_by(helper: str, registry: str) -> dict[str, str] | None:
    with _store(helper, registry) as store:
        try:
            found = store.get(registry)
        except docker.credentials.CredentialsNotFound:
            return None
    return {
        "username": found["Username"],
        "password": found["Secret"],
        "serveraddress": registry,
    }


def store_credentials(registry: str, username: str, password: str) -> bool:
    """Store credentials, readable only by their owner; False if they were stored already.

    Other registries' stay as they are. If the file names a credential helper, that stores them.
    Raises LabError.
    """
    config = read_config()
    wanted = {"username": username, "password": password, "serveraddress": registry}
    helper = _helper(config, registry)
    if stored_credentials(registry) == wanted and (helper or is_private()):
        return False
    if helper:
        with _store(helper, registry) as store:
            store.store(registry, username, password)
        return True
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    entries = config.setdefault("auths", {})
    for key in _entries(config, registry):
        del entries[key]
    entries[registry] = {"auth": auth}
    _write(config_path(), config)
    return True


def forget_credentials(registry: str) -> bool:
    """Remove the credentials for a registry; False if there were none. Raises LabError."""
    config = read_config()
    helper = _helper(config, registry)
    if helper:
        if _kept_by(helper, registry) is None:
            return False
        with _store(helper, registry) as store:
            store.erase(registry)
        return True
    found = _entries(config, registry)
    for key in found:
        del config["auths"][key]
    if found:
        _write(config_path(), config)
    return bool(found)


def is_private() -> bool:
    """True if only its owner can read the file."""
    try:
        return stat.S_IMODE(os.stat(config_path()).st_mode) & 0o077 == 0
    except FileNotFoundError:
        return True


def _write(path: str, config: dict[str, Any]) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_file(os.path.abspath(path), (json.dumps(config, indent="\t") + "\n").encode(), 0o600)


def read_config() -> dict[str, Any]:
    """All that the Docker command stores; empty if it stores nothing.

    Raises LabError for invalid JSON.
    """
    path = config_path()
    try:
        with open(path, "rb") as stream:
            text, marked = text_of(stream.read())
        if marked:
            raise ValueError("a byte-order mark, with which docker does not read it either")
        config = json.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        observed = f"it {reason}" if reason.startswith("is ") else reason
        raise LabError(
            f"a readable file at {path}",
            observed,
            f"correct its owner and mode (`ls -l {path}`), then run again",
        ) from None
    except ValueError as error:
        raise LabError(
            f"JSON in {path}",
            f"something else ({error}); it is left as it is",
            f"fix or remove {path}",
        ) from None
    if not isinstance(config, dict):
        raise LabError(
            f"a JSON object in {path}",
            "something else; it is left as it is",
            f"fix or remove {path}",
        )
    return config
