# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that all modules for a Docker Engine share."""

from __future__ import annotations


class ModuleDocFragment:
    """Fragment ``workshop.containers.engine``.

    A module overrides the attributes in which it differs.
    """

    DOCUMENTATION = r"""
options:
  docker_host:
    description:
      - The address of the Docker Engine, as the machine on which the task runs sees it, as
        V(unix:///PATH) or V(tcp://HOST:PORT).
      - Left out, it is what E(DOCKER_HOST) says in the task's environment there, if that is set;
        C(docker context) is not asked.
      - An address V(tcp://HOST:PORT) is spoken to with TLS if E(DOCKER_TLS_VERIFY) is set, with
        C(ca.pem), C(cert.pem) and C(key.pem) in the folder E(DOCKER_CERT_PATH), or else in
        C(~/.docker).
    type: str
    default: unix:///var/run/docker.sock
attributes:
  check_mode:
    description: Can run in check mode, in which it changes nothing and says what would change.
    support: full
  diff_mode:
    description: Says what changes, or would, as before and after.
    support: full
  idempotent:
    description: A second run with the same options reports no change, for as long as nobody else
      changes anything.
    support: full
  platform:
    description: The systems on which it can run.
    platforms: posix
    support: full
notes:
  - A failure says in C(expected), C(observed) and C(remedy) what its message says in one sentence.
requirements:
  - Python 3.8 or newer
  - Docker SDK for Python 5.0.3 or newer (the distribution's package python3-docker)
  - Docker Engine 20.10 or newer
author:
  - The workshop lab contributors (@workshop-lab)
"""
