# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A drive C on which programs of Windows are shell scripts that answer as the real ones do.

wsl.exe prints UTF-16LE without a mark, or UTF-8 where it knows WSL_UTF8 and WSLENV hands it over.
What it runs in the instance runs here.
"""

from __future__ import annotations

import json
from pathlib import Path

WSL = r"""#!/bin/sh
said="$(dirname "$0")/said"
say() {
    code=$(cat "$said/$1.code" 2>/dev/null || echo 0)
    case "$WSL_UTF8:$WSLENV" in
        1:*WSL_UTF8*) [ -e "$said/knows-utf8" ] && cat "$said/$1" && exit "$code" ;;
    esac
    iconv -f UTF-8 -t UTF-16LE "$said/$1"
    exit "$code"
}
case "$*" in
    "--version") say version ;;
    "--list --verbose") say verbose ;;
    "--list --online") say online ;;
    "--distribution "*" --exec id -un") cat "$said/user" ;;
    "--distribution "*" --exec "*) shift 3; PATH="/usr/bin:/bin:$(cat "$said/path")" exec "$@" ;;
    *) say usage ;;
esac
"""
CMD = r"""#!/bin/sh
said="$(dirname "$0")/said"
case "$*" in
    "/u /d /c echo %APPDATA%") printf '%s\r\n' "$(cat "$said/appdata")" | iconv -t UTF-16LE ;;
    "/d /c code --list-extensions") cat "$said/extensions"; exit "$(cat "$said/extensions.code")" ;;
    *) exit 1 ;;
esac
"""
WHERE = r"""#!/bin/sh
grep -qx "$1" "$(dirname "$0")/said/programs" && exit 0
printf 'INFO: Could not find files for the given pattern(s).\r\n'
exit 1
"""
STORE_ONLINE = """\
The following is a list of valid distributions that can be installed.
Install using 'wsl.exe --install <Distro>'.

NAME                            FRIENDLY NAME
AlmaLinux-10                    AlmaLinux OS 10
Debian                          Debian GNU/Linux
Ubuntu                          Ubuntu
Ubuntu-24.04                    Ubuntu 24.04 LTS
"""
INBOX_ONLINE = """\
The following is a list of valid distributions that can be installed.
The default distribution is denoted by '*'.
Install using 'wsl --install -d <Distro>'.

  NAME            FRIENDLY NAME
* Ubuntu          Ubuntu
  Debian          Debian GNU/Linux
  Ubuntu-20.04    Ubuntu 20.04 LTS
"""
RUSSIAN_VERBOSE = """\
  ИМЯ               СОСТОЯНИЕ       ВЕРСИЯ
* Ubuntu-24.04      Выполняется     2
  docker-desktop    Остановлено     2
"""
VERBOSE = """\
  NAME              STATE           VERSION
* Ubuntu-24.04      Running         2
  Old-Debian        Stopped         1
"""
USAGE = "Invalid command line option: {option}\nUsage: wsl.exe [Argument] [Options...]\n"
INSTANCE = "Ubuntu-24.04"
FOLDER = "vscode-remote://wsl%2Bubuntu-24.04/home/user/docker"


class StandInWindows:
    """Drive C in a folder. All is right on it: WSL of the Store, VS Code, extension, folder."""

    def __init__(self, drive: Path) -> None:
        self.drive = drive
        self.programs = drive / "Windows/System32"
        self.said = self.programs / "said"
        self.said.mkdir(parents=True)
        for name, script in (("wsl.exe", WSL), ("cmd.exe", CMD), ("where.exe", WHERE)):
            (self.programs / name).write_text(script, encoding="ascii")
            (self.programs / name).chmod(0o755)
        self.says("version", "WSL version: 2.6.1.0\nKernel version: 6.6.87.2-1\n")
        self.says("verbose", VERBOSE)
        self.says("online", STORE_ONLINE)
        self.says("usage", USAGE.format(option="?"), 255)
        self.says("user", "ann")
        self.says("extensions", "ms-python.python\nms-vscode-remote.remote-wsl\n")
        self.keep("programs", "code\n")
        self.keep("appdata", r"C:\Users\Анна Ё\AppData\Roaming")
        self.keep("knows-utf8", "")
        self.keep("path", str(drive / "code/bin"))
        code = drive / "code/bin/code"
        code.parent.mkdir(parents=True)
        code.write_text("#!/bin/sh\n", encoding="ascii")
        code.chmod(0o755)
        self.code = code
        self.storage = drive.joinpath(
            "Users/Анна Ё/AppData/Roaming/Code/User/globalStorage/storage.json"
        )
        self.storage.parent.mkdir(parents=True)
        self.opens(FOLDER)

    def keep(self, name: str, text: str) -> None:
        """Keep something for the programs as it is."""
        (self.said / name).write_text(text, encoding="utf-8")

    def says(self, name: str, text: str, code: int = 0) -> None:
        """What a program prints, with the line ends of Windows, and its exit code."""
        self.keep(name, text.replace("\n", "\r\n"))
        self.keep(f"{name}.code", str(code))

    def becomes_inbox(self) -> None:
        """The WSL that came with Windows: no --version, no WSL_UTF8, a star in the list."""
        (self.said / "knows-utf8").unlink()
        self.says("version", USAGE.format(option="--version"), 255)
        self.says("online", INBOX_ONLINE)

    def opens(self, *folders: str) -> None:
        """What VS Code remembers of its windows."""
        windows = [{"folder": folder, "remoteAuthority": "wsl+ubuntu-24.04"} for folder in folders]
        text = json.dumps({"windowsState": {"openedWindows": windows}, "theme": "vs-dark"})
        self.storage.write_text(text, encoding="utf-8")
