# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP request, without proxies, that never raises."""

from __future__ import annotations

import http.client
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

_LIMIT = 64 * 1024


class Answer(NamedTuple):
    """HTTP status and body text; status 0: no answer, and ``body`` says why."""

    status: int
    body: str


def request(url: str, timeout: float = 5.0) -> Answer:
    """GET ``url``; ``timeout`` in seconds. A machine's proxy settings do not apply to its own containers."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=timeout) as response:
            return Answer(response.status, response.read(_LIMIT).decode(errors="replace"))
    except HTTPError as error:
        return Answer(error.code, error.read(_LIMIT).decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(getattr(error, "reason", error)) or type(error).__name__)
