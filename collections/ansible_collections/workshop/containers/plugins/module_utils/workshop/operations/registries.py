# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging in at registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...engine.credentials import store_credentials, stored_credentials
from ...errors import LabError
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene, Thing


class RegistryLogin(Operation):
    """``docker login``: the registry confirms the credentials, then they are kept. The password is read from a file."""

    name = "registry_login"

    def simulate(self, scene: Scene) -> None:
        scene.make("login", self.params["registry"])

    def apply(self, context: Context) -> Outcome:
        registry, username = self.params["registry"], self.params["username"]
        password = self._password()
        action = f"see that the registry {registry} runs and that {self.params['password_file']} holds its password"
        with context.engine.speaking(
            f"the registry {registry} to accept the user {username}", action
        ):
            context.engine.api.login(username, password=password, registry=registry, reauth=True)
        context.record.own("login", registry)
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
