# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file /etc/wsl.conf, as people leave it."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.errors import LabError
from ansible_collections.workshop.containers.plugins.module_utils.machine import wsl_conf

OURS = "run-parts --arg=start --regex=^S..docker /etc/rc2.d"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"[boot]\ncommand = {OURS}\n"),
        ("[user]\ndefault=anna", f"[user]\ndefault=anna\n\n[boot]\ncommand = {OURS}\n"),
        (
            "[user]\r\ndefault=anna\r\n",
            f"[user]\r\ndefault=anna\r\n\r\n[boot]\r\ncommand = {OURS}\r\n",
        ),
        (
            "[boot]\r\ncommand = service ssh start\r\n[user]\r\ndefault = anna\r\n",
            f"[boot]\r\ncommand = service ssh start; {OURS}\r\n[user]\r\ndefault = anna\r\n",
        ),
        ("[Boot]\nCommand = a b\n", f"[Boot]\nCommand = a b; {OURS}\n"),
        ("  [boot]\n\t command=a\n", f"  [boot]\n\t command=a; {OURS}\n"),
        ("[boot]\ncommand = a # mine\n", f"[boot]\ncommand = a; {OURS} # mine\n"),
        ("[boot] # mine\ncommand=a", f"[boot] # mine\ncommand=a; {OURS}"),
        ('[boot]\ncommand = "echo #1"\n', f'[boot]\ncommand = {OURS}; "echo #1"\n'),
        ('[boot]\ncommand = "a b"  \n', f'[boot]\ncommand = "a b"; {OURS}  \n'),
        ("[boot]\ncommand = a \\\n  b\n", f"[boot]\ncommand = a \\\n  b; {OURS}\n"),
        ("[boot]\ncommand = a &\n", f"[boot]\ncommand = a & {OURS}\n"),
        ("[boot]\ncommand = a;\n", f"[boot]\ncommand = a; {OURS}\n"),
        ('[boot]\ncommand = ""\n', f"[boot]\ncommand = {OURS}\n"),
        ("[boot]\ncommand =\n", f"[boot]\ncommand ={OURS}\n"),
        # The first one counts, in whichever section boot.
        ("[boot]\ncommand=a\ncommand=b\n", f"[boot]\ncommand=a; {OURS}\ncommand=b\n"),
        (
            "[boot]\nx=1\n[user]\ncommand=u\n[BOOT]\ncommand=a\n",
            f"[boot]\nx=1\n[user]\ncommand=u\n[BOOT]\ncommand=a; {OURS}\n",
        ),
        # At the end of the section, ahead of what stands in front of the next one.
        (
            "[boot]\nsystemd=false\n# people\n[user]\n",
            f"[boot]\nsystemd=false\ncommand = {OURS}\n# people\n[user]\n",
        ),
        ("# [boot]\n", f"# [boot]\n\n[boot]\ncommand = {OURS}\n"),
        # Notepad's mark in front of UTF-8 would hide all of the file from WSL.
        ("\xef\xbb\xbf[boot]\r\ncommand=a\r\n", f"[boot]\r\ncommand=a; {OURS}\r\n"),
        # WSL does not read on, but has read enough.
        ("[boot]\ncommand=a\nnonsense\n", f"[boot]\ncommand=a; {OURS}\nnonsense\n"),
        ("[boot]\n!\ncommand=a\n", f"[boot]\ncommand = {OURS}\n!\ncommand=a\n"),
        (
            "[user]\ndefault=\xd0\xb0\xff\n[boot]\ncommand=a",
            f"[user]\ndefault=\xd0\xb0\xff\n[boot]\ncommand=a; {OURS}",
        ),
    ],
)
def test_command_is_added_once_and_all_else_stays(before, after):
    assert wsl_conf.add_command(before, OURS) == after
    assert wsl_conf.add_command(after, OURS) == after


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[user]\r\ndefault\r\n[boot]\r\ncommand=a\r\n", 2, "'default'"),
        ("[my boot]\n", 1, "'[my boot]'"),
        ('[user]\n\nname = "a\n', 3, "'name = \"a'"),
        ("[user]\nname = a\\q\n", 2, "'name = a\\\\q'"),
        ("[user]\n2 = a\n", 2, "'2 = a'"),
    ],
)
def test_line_at_which_wsl_stops_is_named(text, line, words):
    with pytest.raises(LabError) as caught:
        wsl_conf.add_command(text, OURS)
    assert caught.value.observed == f"WSL stops at line {line}, {words}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[boot]\n", "[boot]\nsystemd = true\n"),
        ("[boot]\r\nSystemd=FALSE # not yet\r\n", "[boot]\r\nSystemd=true # not yet\r\n"),
        ("[boot]\nsystemd=True\n", "[boot]\nsystemd=True\n"),
        ("[boot]\nsystemd = 1\n", "[boot]\nsystemd = 1\n"),
        ("[boot]\nsystemd=false\nsystemd=true\n", "[boot]\nsystemd=true\nsystemd=true\n"),
    ],
)
def test_systemd_is_turned_on_once(before, after):
    assert wsl_conf.enable_systemd(before) == after
    assert wsl_conf.enable_systemd(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("[boot]\r\ncommand = a\r\n", "[boot]\r\ncommand = a\r\n"),
        (f"[Boot]\r\nCommand = a; {OURS}\r\n[user]\r\n", "[Boot]\r\nCommand = a\r\n[user]\r\n"),
        (f"[boot]\ncommand = a & {OURS}\n", "[boot]\ncommand = a &\n"),
        (f"[boot]\ncommand = {OURS}; a\n", "[boot]\ncommand = a\n"),
        (f"[boot]\ncommand = a; {OURS}; b # c\n", "[boot]\ncommand = a; b # c\n"),
        (f"[boot]\n  command = {OURS}\nx = 1\n", "[boot]\nx = 1\n"),
    ],
)
def test_command_is_removed_and_all_else_stays(before, after):
    assert wsl_conf.remove_command(before, OURS) == after
    assert wsl_conf.remove_command(after, OURS) == after


@pytest.mark.parametrize(
    ("text", "off"),
    [
        ("[interop]\nenabled = false\n", True),
        ('\xef\xbb\xbf[Interop]\r\nEnabled="False" # no Windows\r\n', True),
        ("[interop]\nenabled = 0\n", True),
        ("[interop]\nenabled = true\nenabled = false\n", False),
        ("[automount]\nenabled = false\n", False),
        ("[interop]\nappendWindowsPath = false\n", False),
        ("", False),
    ],
)
def test_what_is_switched_off(text, off):
    assert wsl_conf.switched_off(text, "interop") is off
