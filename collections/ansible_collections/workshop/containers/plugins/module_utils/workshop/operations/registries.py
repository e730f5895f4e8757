# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in at registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.credentials import store_credentials, stored_credentials
from ...errors import ClashError, LabError
from ...machine.listeners import listeners
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


# As whom a registry on the machine itself runs: Debian's package, or a container's port.
_KEEPERS = ("docker-registry", "root")


class RegistryLogin(Operation):
    """``docker login``: the registry confirms the credentials, then they are kept.

    The password is read from a file.
    """

    name = "registry_login"

    def simulate(self, scene: Scene) -> None:
        scene.make("login", self.params["registry"])

    def apply(self, context: Context) -> Outcome:
        registry, username = self.params["registry"], self.params["username"]
        password = self._password()
        remedy = (
            f"see that the registry {registry} runs and that {self.params['password_file']} holds "
            "its password"
        )
        _refuse_strangers(registry)
        with context.engine.speaking(
            f"the registry {registry} to accept the user {username}", remedy
        ):
            context.engine.api.login(username, password=password, registry=registry, reauth=True)
        context.record.claim("login", registry)
        return Outcome(
            changed=store_credentials(registry, username, password), detail={"exit_code": 0}
        )

    def _password(self) -> str:
        path = self.params["password_file"]
        try:
            with open(path, encoding="utf-8") as stream:
                return stream.read().strip()
        except OSError as error:
            raise LabError(
                f"a password in {path}",
                error.strerror or type(error).__name__,
                "run `./lab provision`",
            ) from None

    def holds(self, context: Context, thing: Thing) -> bool:
        found = stored_credentials(self.params["registry"])
        return found is not None and found["username"] == self.params["username"]


def _refuse_strangers(registry: str) -> None:
    """Raise ClashError where a user of this machine listens in place of its registry.

    Any user may listen on a port that is free, and would get the password.
    """
    host, _, port = registry.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal():
        return
    others = sorted({each["user"] for each in listeners([int(port)])} - set(_KEEPERS))
    if others:
        raise ClashError(
            f"the registry {registry}, run by {' or '.join(_KEEPERS)}",
            f"{', '.join(others)} listens on port {port}",
            f"stop that program (`ss -ltnp sport = :{port}` names it), then run again",
        )
