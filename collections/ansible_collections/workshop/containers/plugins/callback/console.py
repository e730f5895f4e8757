# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible's default output, but where a step failed only the sentence that says what to do."""

from __future__ import annotations

DOCUMENTATION = """
name: console
type: stdout
short_description: The default output, shorter where a step of a workshop failed
version_added: 0.1.0
author:
  - The workshop lab contributors (@workshop-lab)
description:
  - What P(ansible.builtin.default#callback) prints, but of the result of a failed step only the
    sentence that says what to do.
  - The callback P(workshop.containers.report#callback) has the rest of it, as a table and as JSON.
    With C(-v) all data is printed.
extends_documentation_fragment:
  - default_callback
  - result_format_callback
"""

from typing import Any

from ansible import constants as C
from ansible.plugins.callback.default import CallbackModule as Default

from ansible_collections.workshop.containers.plugins.module_utils.safe_text import safe


class CallbackModule(Default):
    """Announces a workshop's task before its steps, and shortens its failure."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "workshop.containers.console"

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        super().v2_playbook_on_task_start(task, is_conditional)
        if (
            task.resolved_action == "workshop.containers.checkpoint"
            and self._last_task_banner != task._uuid
        ):
            self._print_task_banner(
                task
                # With display_skipped_hosts off Ansible waits for the first result, which comes
                # after the steps.
            )

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        ours = str(result.task.resolved_action).startswith("workshop.containers.")
        if not ours or ignore_errors or self._display.verbosity:
            super().v2_runner_on_failed(result, ignore_errors)
            return
        if self._last_task_banner != result.task._uuid:
            self._print_task_banner(result.task)
        answer = safe(result.result)
        self._handle_warnings(answer)
        self._display.display(
            f"fatal: [{self.host_label(result)}]: {answer.get('msg')}", color=C.COLOR_ERROR
        )
