# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands as a learner types them.

For the proofs of errata, where the command itself is what is to be seen.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ...errors import LabError
from .base import Operation, Outcome

if TYPE_CHECKING:
    from ..context import Context
    from ..fold import Scene


class ShellRun(Operation):
    """A script for /bin/sh on the machine, whatever its exit code is.

    That is for the checks to judge.
    """

    name = "shell_run"

    def simulate(self, scene: Scene) -> None:
        """Note that nobody knows what it leaves behind: the script has to clean up after itself."""

    def apply(self, context: Context) -> Outcome:
        timeout = self.params.get("timeout", 300)
        try:
            done = subprocess.run(
                ["/bin/sh", "-c", self.params["script"]],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise LabError(
                f"an end of the script within {timeout} s", f"it still ran: {self.params['script']}"
            ) from None
        return Outcome(
            changed=True,
            detail={"exit_code": done.returncode, "stdout": done.stdout.decode(errors="replace")},
        )
