# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks on what is installed on the machine, and on logins."""

from __future__ import annotations

import glob
import re
from typing import TYPE_CHECKING

from ...engine.credentials import is_private, stored_credentials
from ...machine.apt import files_with_keys, fingerprints, sources_in
from ...machine.dpkg import Packages
from ...step_result import FAILED, PASSED
from .base import Check, Finding

if TYPE_CHECKING:
    from ..fold import Key
    from ..outline import Outline
    from ..view import View


class PackageCheck(Check):
    """Packages of the distribution are installed."""

    name = "package"

    def observe(self, view: View, past: bool) -> Finding:
        names = self.params["names"]
        expected = f"the packages {', '.join(names)}"
        packages = Packages()
        missing = [name for name in names if not packages.is_installed(name)]
        observed = f"not installed: {', '.join(missing)}" if missing else "all installed"
        return Finding(FAILED if missing else PASSED, expected, observed, "the package database")


class AptKeyCheck(Check):
    """A keyring, or a .sources file of apt, holds exactly the published key."""

    name = "apt_key"

    def observe(self, view: View, past: bool) -> Finding:
        path, wanted = self.params["path"], self.params["fingerprint"].replace(" ", "").upper()
        expected = f"the key {wanted} in {path}"
        keyrings = [*sorted(glob.glob(path)), *files_with_keys()]
        found = [fingerprint for each in keyrings for fingerprint in fingerprints(each)]
        observed = ", ".join(found) or "no key there"
        return Finding(PASSED if wanted in found else FAILED, expected, observed)


class AptSourceCheck(Check):
    """An apt source names the repository, its key and its component, in either format."""

    name = "apt_source"

    def observe(self, view: View, past: bool) -> Finding:
        wanted = self.params
        expected = (
            f"a source in {wanted['path']} for {wanted['url']}, signed by {wanted['signed_by']}"
        )
        files = sorted(glob.glob(wanted["path"]))
        sources = [source for path in files for source in sources_in(path)]
        # Or the key stands in the source itself.
        keys = [
            *glob.glob(wanted["signed_by"]),
            *(path for path in files if path.endswith(".sources")),
        ]
        good = any(
            re.search(wanted["url"], source["url"])
            and source["signed_by"] in keys
            and wanted.get("suite", source["suite"]) == source["suite"]
            and wanted.get("component", "") in ("", *source["components"].split())
            for source in sources
        )
        observed = "; ".join(
            f"{source['url']}, signed by {source['signed_by'] or 'anybody'}" for source in sources
        )
        return Finding(PASSED if good else FAILED, expected, observed or "no such source")


class EngineCheck(Check):
    """The engine answers."""

    name = "engine"

    def observe(self, view: View, past: bool) -> Finding:
        return Finding(PASSED, "an engine that answers", f"engine {view.engine.version()}")


class LoginCheck(Check):
    """Credentials for a registry are kept, where only their owner can read them."""

    name = "login"

    def subjects(self, view: Outline) -> set[Key]:
        return {("login", self.params["registry"])}

    def observe(self, view: View, past: bool) -> Finding:
        registry, username = self.params["registry"], self.params["username"]
        expected = f"a login of {username} at {registry}"
        found = stored_credentials(registry)
        if found is None:
            return self.decide(False, past, expected, "no login at that registry")
        if found["username"] != username:
            return self.decide(False, past, expected, f"a login of {found['username']}")
        private = is_private()
        return self.decide(
            private,
            past,
            f"{expected}, in a file that only its owner can read",
            "only the owner can read the file" if private else "others can read the file",
        )
