# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Flags of an engine, as units and DOCKER_OPTS have them."""

from __future__ import annotations

import pytest

from ansible_collections.workshop.containers.plugins.filter.daemon_flags import daemon_flags


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ("", []),
        ("-H fd:// --containerd=/run/containerd/containerd.sock", ["hosts", "containerd"]),
        ("-p /var/run/docker.pid", ["pidfile"]),
        ("-s overlay2 -G docker", ["storage-driver", "group"]),
        ("-soverlay2 -D -lwarn", ["storage-driver", "debug", "log-level"]),
        ("-DG docker -Dlwarn", ["debug", "group", "log-level"]),
        ("--dns 192.0.2.1 --dns=192.0.2.2 --dns-opt=x", ["dns", "dns-opts"]),
        (
            "--debug=false --insecure-registry a:1 --label a=b",
            ["debug", "insecure-registries", "labels"],
        ),
        ("--graph /srv --storage-driver=vfs", ["data-root", "storage-driver"]),
        ("-", []),
    ],
)
def test_options_are_named_as_in_the_file(arguments, options):
    assert daemon_flags(arguments.split()) == options
