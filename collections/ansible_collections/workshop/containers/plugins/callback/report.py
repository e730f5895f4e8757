# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report every machine's answers: a table at the end of a run, and a file for machines."""

from __future__ import annotations

DOCUMENTATION = """
name: report
type: notification
short_description: A table, a page and files of what every machine answered
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - Collects the results of M(workshop.containers.checkpoint) and M(workshop.containers.grade) of
    all machines.
  - Writes the file and the page as machines answer, so that an interrupted run leaves what is
    known.
  - At the end of a run prints a table a machine (step, status, time; for a failure what was
    expected, what was observed and what to do) and writes the same as JSON. The file's schema is
    plugins/plugin_utils/report/results.schema.json in the collection.
  - Beside that file, with other endings, it writes the same as a page (.html, which opens from disk
    and needs no network), as JUnit XML (.xml) and as a table of credit by lesson (.csv).
  - A run that neither reaches a workshop nor fails (as C(ansible-playbook playbooks/provision.yml)
    does) prints and writes nothing.
requirements:
  - enable it in the configuration, as C(callbacks_enabled = workshop.containers.report)
  - the Python library junitparser on the controller
options:
  report_path:
    description:
      - File to write, relative to the folder of ansible.cfg; empty for none. It ends with .json,
        the files beside it with .html, .xml and .csv.
    type: str
    default: report/results.json
    env:
      - name: WORKSHOP_REPORT_PATH
    ini:
      - section: workshop
        key: report_path
  tables:
    description: With more machines than this, a summary and the failures are printed instead of the
      tables.
    type: int
    default: 4
    env:
      - name: WORKSHOP_REPORT_TABLES
    ini:
      - section: workshop
        key: report_tables
"""

import atexit
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Callable

from ansible import constants as C
from ansible import context
from ansible.plugins.callback import CallbackBase

from ansible_collections.workshop.containers.plugins.module_utils.safe_text import safe
from ansible_collections.workshop.containers.plugins.plugin_utils.report import (
    credit,
    junit,
    page,
    results,
    table,
)

# What is written beside the file: by its ending, how it is made of the results
FORMS = {".html": page.render, ".xml": junit.render, ".csv": credit.render}
# Seconds from one page to the next while machines answer: of a large room it takes a while
PAUSE = 10
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
        self.workshops: dict[str, dict[str, Any]] = {}
        # What failed outside of the workshop's tasks counts unless a rescue follows.
        self._failures: dict[str, dict[str, Any]] = {}
        # By file, why it could not be written
        self._unwritten: dict[Path, str] = {}
        self._page_written = 0.0
        self._reported = False
        # Ansible calls no callback when it is interrupted. Workers, which are forked, end
        # otherwise.
        atexit.register(self._interrupted, os.getpid())

    def v2_playbook_on_start(self, playbook: Any) -> None:
        self.playbook = Path(playbook._file_name).name

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        """Until it answers, a machine's run has not ended."""
        action = ACTIONS.get(task.resolved_action)
        if action and host.get_name() not in self.hosts:
            words = "the run was interrupted; on the machine it may go on, and the next one waits"
            entry = results.of_failure("unfinished", words, task.get_name())
            self.hosts[host.get_name()] = {**entry, "action": action}

    def v2_runner_on_ok(self, result: Any) -> None:
        action = ACTIONS.get(result.task.resolved_action)
        name = result.host.get_name()
        # What a clean-up answers has no steps: the report is about the walk before it.
        before = self.hosts.get(name)
        if action and (
            result.result.get("steps") or before is None or before["status"] == "unfinished"
        ):
            self._keep(name, action, result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        action = ACTIONS.get(result.task.resolved_action)
        if action and "steps" in result.result:
            self._keep(result.host.get_name(), action, result)
        elif not ignore_errors:
            self._fail("failed", result)

    def _keep(self, name: str, action: str, result: Any) -> None:
        entry = results.of_workshop(action, result.result, result.task.get_name())
        self.hosts[name] = entry
        if "texts" in result.result and entry["workshop"] not in self.workshops:
            self.workshops[entry["workshop"]] = safe(result.result["texts"])
        path = self._path()
        if path is None:
            return
        self._write(path, results.as_json)
        if time.time() - self._page_written > PAUSE:
            self._write(path.with_suffix(".html"), page.render)
            self._page_written = time.time()

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._fail("unreachable", result)

    def _fail(self, kind: str, result: Any) -> None:
        message = str(result.result.get("msg") or result.result.get("censored") or "")
        self._failures[result.host.get_name()] = results.of_failure(
            kind, message, result.task.get_name()
        )

    def v2_playbook_on_stats(self, stats: Any) -> None:
        failed = {**stats.failures, **stats.dark}
        for name, entry in self._failures.items():
            unfinished = self.hosts.get(name, {}).get("status") == "unfinished"
            if failed.get(name) or unfinished:
                self.hosts[name] = entry
        self._report()

    def _interrupted(self, process: int) -> None:
        """Show what is known after an interrupted run."""
        if os.getpid() == process and not self._reported:
            for name, entry in self._failures.items():
                self.hosts.setdefault(name, entry)
            self._report()

    def _report(self) -> None:
        self._reported = True
        if not self.hosts:
            return
        path = self._path()
        if path is not None:
            self._write(path, results.as_json)
            for ending, render in FORMS.items():
                self._write(path.with_suffix(ending), render)
        self._print()
        for file, why in self._unwritten.items():
            self._display.display(f"This could not be written: {file}: {why}", color=C.COLOR_WARN)
        if path is not None and path not in self._unwritten:
            self._display.display(f"The same for machines: {path}")
            page_path = path.with_suffix(".html")
            if page_path not in self._unwritten:
                self._display.display(f"The same as a page: {page_path}")

    def _path(self) -> Path | None:
        option = self.get_option("report_path")
        folder = Path(C.CONFIG_FILE).parent if C.CONFIG_FILE else Path.cwd()
        return folder / option if option else None

    def _write(self, path: Path, render: Callable[[dict[str, Any]], str]) -> None:
        """Write a file anew, as far as the machines have answered."""
        try:
            results.write(path, render(self._results()))
            self._unwritten.pop(path, None)
        except OSError as error:
            self._unwritten[path] = error.strerror or type(error).__name__
            with suppress(OSError):
                path.unlink()  # an old one would look like this run's

    def _results(self) -> dict[str, Any]:
        return {
            "version": results.VERSION,
            "playbook": self.playbook,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(time.time() - self.started, 2),
            "check_mode": bool(context.CLIARGS.get("check")),
            "workshops": self.workshops,
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
