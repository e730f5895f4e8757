# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Controller's side of `workshop.containers.checkpoint`.

Validates the workshop, runs the module, shows each step as it ends.

The module is started in the background (as `async` does it) and appends a JSON line to a file at
each step's begin and end. One shell command waits on the machine until that file has grown, so
following costs one round trip a step, however long the step takes.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.workshop.containers.plugins.module_utils.errors import message
from ansible_collections.workshop.containers.plugins.plugin_utils.report.live import LiveSteps
from ansible_collections.workshop.containers.plugins.plugin_utils.workshop_action import (
    WorkshopAction,
    without_content,
)

TIME_LIMIT = (
    4 * 60 * 60
    # seconds after which the machine kills the module; a guard against a hang, not a measure of a
    # workshop
)

# Waits at most five seconds for line number seen+1 of the progress file. Prints the new lines;
# then, when the module has ended, RESULT and what it answered; or GONE when no process of the job
# is left and nothing was answered ([^.] keeps this very command, which names the job's file
# JOB.PID, from being taken for a process of the job).
FOLLOW = r"""
progress={progress} answer={answer} seen={seen} tries=0 state=running
lines() {{ cat "$progress" 2>/dev/null | wc -l; }}
ended() {{ [ -s "$answer" ] && ! grep -q '^{{"started": true, "finished": false' "$answer"; }}
alive() {{ grep -aqs '[{job_start}]{job_rest}[^.]' /proc/[0-9]*/cmdline; }}
while [ "$tries" -lt 50 ]; do
    if ended; then state=RESULT; break; fi
    [ "$(lines)" -le "$seen" ] || break
    tries=$((tries + 1))
    sleep 0.1
done
if [ "$tries" = 50 ] && ! alive && ! ended; then state=GONE; fi
tail -n +$((seen + 1)) "$progress" 2>/dev/null
case $state in
RESULT) echo RESULT; cat "$answer"; rm -f "$answer" ;;
GONE) echo GONE; rm -f "$answer" ;;
esac
""".strip()  # Ansible appends words to the last line


class ActionModule(WorkshopAction):
    """Runs the module checkpoint with the workshop's content, and prints one line a step while it
    works.
    """

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        super().run(tmp, task_vars)
        task_vars = task_vars or {}
        content = self.content()
        if self._task.check_mode:
            return self.with_texts(self.run_module(task_vars, content=content), content)

        folder = self._make_tmp_path()
        progress = self._connection._shell.join_path(folder, "progress.jsonl")
        started = self._start(task_vars, content=content, progress_file=progress)
        if "results_file" not in started:
            return without_content(started)
        result = self._follow(started, progress, LiveSteps(content, task_vars, Display().display))
        self._remove_tmp_path(folder, force=True)
        return self.with_texts(without_content(result), content)

    def _start(self, task_vars: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """Starts the module in the background.

        Answers with async_wrapper's `ansible_job_id` and `results_file`, or with a failure.
        """
        self._task.async_val = TIME_LIMIT  # _execute_module reads the limit there and nowhere else
        try:
            return self._execute_module(
                module_args={**self._task.args, **arguments}, task_vars=task_vars, wrap_async=True
            )
        finally:
            self._task.async_val = (
                0  # what is left here would make Ansible poll for the result as well
            )

    def _follow(self, started: dict[str, Any], progress: str, live: LiveSteps) -> dict[str, Any]:
        """The module's result, once it has ended; shows the steps on the way."""
        job = started["ansible_job_id"].split(".")[0]
        seen = 0
        while True:
            command = FOLLOW.format(
                progress=shlex.quote(progress),
                answer=shlex.quote(started["results_file"]),
                seen=seen,
                job_start=job[0],
                job_rest=job[1:],
            )
            answer = self._low_level_execute_command(command)
            if answer["rc"] != 0:
                raise AnsibleActionFail(
                    "Cannot follow the steps on the machine, where they go on: "
                    f"{answer['stderr'] or answer['stdout']}"
                )
            events, ended, result = answer["stdout"].partition("RESULT\n")
            lines = [line for line in events.splitlines() if line.startswith("{")]
            for line in lines:
                live.show(json.loads(line))
            seen += len(lines)
            if ended:
                return self._answered(result, live)
            if "GONE" in events:
                return self._killed(live)

    def _answered(self, text: str, live: LiveSteps) -> dict[str, Any]:
        """The result that async_wrapper wrote.

        The module's own, or one that says it ended without a result.
        """
        written = json.loads(text)
        if "steps" in written or "cmd" not in written:
            return self._parse_returned_data({"stdout": text}, "legacy")
        return {**self._killed(live), "module_stderr": written.get("stderr", "")}

    def _killed(self, live: LiveSteps) -> dict[str, Any]:
        """A result for a module that ended without one, from the steps that were seen."""
        observed = (
            "its process on the machine ended without a result: killed, crashed, out of memory"
        )
        remedy = "run again; it goes on where it stopped"
        live.abandon(observed, remedy)
        where = f"step {live.steps[-1]['id']}" if live.steps else "the first step"
        return {
            **live.result(),
            "failed": True,
            "msg": message(f"{where}: {observed}", f"{remedy}."),
        }
