# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials that `docker login` keeps: ~/.docker/config.json of the user that the lab works as."""

from __future__ import annotations

import base64
import json
import os
import stat
from typing import Any

from ..errors import LabError
from ..files import write_file


def config_path() -> str:
    """Where the Docker command keeps its settings."""
    folder = os.environ.get("DOCKER_CONFIG") or os.path.join(os.path.expanduser("~"), ".docker")
    return os.path.join(folder, "config.json")


def stored_credentials(registry: str) -> dict[str, str] | None:
    """``{"username", "password", "serveraddress"}`` for a registry (``host:port``), or None; raises LabError."""
    entry = read_config().get("auths", {}).get(registry, {}).get("auth")
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


def store_credentials(registry: str, username: str, password: str) -> bool:
    """Keep credentials, for the owner's eyes only; False when they were there. Other registries' stay as they are."""
    config = read_config()
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    path = config_path()
    entries = config.setdefault("auths", {})
    if entries.get(registry) == {"auth": auth} and is_private():
        return False
    entries[registry] = {"auth": auth}
    _write(path, config)
    return True


def forget_credentials(registry: str) -> bool:
    """Remove the credentials for a registry; False when there were none."""
    config = read_config()
    if config.get("auths", {}).pop(registry, None) is None:
        return False
    _write(config_path(), config)
    return True


def is_private() -> bool:
    """Whether only its owner can read the file."""
    try:
        return stat.S_IMODE(os.stat(config_path()).st_mode) & 0o077 == 0
    except FileNotFoundError:
        return True


def _write(path: str, config: dict[str, Any]) -> None:
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    write_file(os.path.abspath(path), (json.dumps(config, indent="\t") + "\n").encode(), 0o600)


def read_config() -> dict[str, Any]:
    """All that the Docker command keeps; empty where it keeps nothing. Raises LabError for what is not JSON."""
    path = config_path()
    try:
        with open(path, encoding="utf-8") as stream:
            config = json.load(stream)
    except FileNotFoundError:
        return {}
    except OSError as error:
        observed = (error.strerror or type(error).__name__).lower()
        raise LabError(
            f"a file at {path} that may be read",
            observed,
            f"correct its owner and mode (`ls -l {path}`), then run again",
        ) from None
    except ValueError as error:
        raise LabError(
            f"JSON in {path}",
            f"something else ({error}); it is left as it is",
            f"mend or remove {path}",
        ) from None
    if not isinstance(config, dict):
        raise LabError(
            f"a JSON object in {path}",
            "something else; it is left as it is",
            f"mend or remove {path}",
        )
    return config
