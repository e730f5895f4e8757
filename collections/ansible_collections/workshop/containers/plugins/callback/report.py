# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every machine answered: a table at the end of a run, and a file for machines."""

from __future__ import annotations

DOCUMENTATION = """
name: report
type: notification
short_description: A table and a file of what every machine answered
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Collects the results of M(workshop.containers.checkpoint) and M(workshop.containers.grade) of all machines.
  - At the end of a run prints a table a machine (step, status, time; for a failure what was expected, what was observed and what to do)
    and writes the same as JSON. The file's schema is plugins/plugin_utils/report/results.schema.json in the collection.
  - A run that neither reaches a workshop nor fails (as C(ansible-playbook playbooks/provision.yml) does) prints and writes nothing.
requirements:
  - enable it in the configuration, as C(callbacks_enabled = workshop.containers.report)
options:
  report_path:
    description: File to write, relative to the folder of ansible.cfg; empty for none.
    type: str
    default: report/results.json
    env:
      - name: WORKSHOP_REPORT_PATH
    ini:
      - section: workshop
        key: report_path
  tables:
    description: With more machines than this, a summary and the failures are printed instead of the tables.
    type: int
    default: 4
    env:
      - name: WORKSHOP_REPORT_TABLES
    ini:
      - section: workshop
        key: report_tables
"""

import time
from pathlib import Path
from typing import Any

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase

from ansible_collections.workshop.containers.plugins.plugin_utils.report import results, table

ACTIONS = {"workshop.containers.checkpoint": "checkpoint", "workshop.containers.grade": "grade"}


class CallbackModule(CallbackBase):
    """Keeps the last answer of each machine."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "workshop.containers.report"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self.started = time.time()
        self.playbook = ""
        self.hosts: dict[str, dict[str, Any]] = {}

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(playbook._file_name).name

    def v2_runner_on_ok(self, result: Any) -> None:
        action = ACTIONS.get(result.task.resolved_action)
        # What a clean-up answers has no steps: the report is about the walk before it.
        if action and (result.result.get("steps") or result.host.get_name() not in self.hosts):
            self.hosts[result.host.get_name()] = results.of_workshop(
                action, result.result, result.task.get_name()
            )

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        action = ACTIONS.get(result.task.resolved_action)
        if action and "steps" in result.result:
            self.hosts[result.host.get_name()] = results.of_workshop(
                action, result.result, result.task.get_name()
            )
        elif not ignore_errors:
            self._fail("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._fail("unreachable", result)

    def _fail(self, kind: str, result: Any) -> None:
        message = str(result.result.get("msg") or result.result.get("censored") or "")
        self.hosts[result.host.get_name()] = results.of_failure(
            kind, message, result.task.get_name()
        )

    def v2_playbook_on_stats(self, stats: Any) -> None:
        if not self.hosts:
            return
        path = self.get_option("report_path")
        if path:
            folder = Path(C.CONFIG_FILE).parent if C.CONFIG_FILE else Path.cwd()
            results.write(folder / path, self._results())
        self._print()
        if path:
            self._display.display(f"The same for machines: {folder / path}")

    def _results(self) -> dict[str, Any]:
        return {
            "version": results.VERSION,
            "playbook": self.playbook,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(time.time() - self.started, 2),
            "check_mode": bool(context.CLIARGS.get("check")),
            "hosts": self.hosts,
        }

    def _print(self) -> None:
        hosts = dict(sorted(self.hosts.items()))
        self._display.banner("REPORT")
        if len(hosts) > self.get_option("tables"):
            self._lines(table.summary(hosts))
        else:
            for name, entry in hosts.items():
                self._lines(table.host(name, entry))
        self._display.display("")

    def _lines(self, lines: Any) -> None:
        for text, color in lines:
            self._display.display(text, color=color)
