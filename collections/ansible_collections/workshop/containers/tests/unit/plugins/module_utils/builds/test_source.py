# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of files in a build context that will hardly work as they are meant."""

from __future__ import annotations

from ansible_collections.workshop.containers.plugins.module_utils.builds.source import Source


def test_warnings(tmp_path):
    (tmp_path / "Dockerfile").write_bytes(b"FROM busybox\r\nCOPY . /\r\n")
    (tmp_path / "plain").write_bytes(b"#!/bin/sh\necho\r\n")
    (tmp_path / "start").write_bytes(b"#!/bin/sh\r\necho\n")
    (tmp_path / "tool").touch()
    (tmp_path / "tool").chmod(0o4755)
    assert Source.read(str(tmp_path)).warnings() == [
        f"{tmp_path}/Dockerfile has Windows line endings (CRLF); convert it to LF",
        f"{tmp_path}/start is a script whose first line ends in CRLF, so the kernel will not find "
        "its interpreter; convert it to LF",
        f"{tmp_path}/tool has mode 4755: root owns it in the image, so whoever runs it there gets "
        "root's rights; if that is not meant, `chmod ug-s` it",
    ]
