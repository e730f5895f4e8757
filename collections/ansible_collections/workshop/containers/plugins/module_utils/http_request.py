# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests, without proxies, that never raise."""

from __future__ import annotations

import http.client
import json
import socket
from base64 import b64encode
from contextlib import nullcontext
from email.message import Message
from functools import partial
from hashlib import sha256
from typing import IO, Any, ContextManager, Mapping, NamedTuple
from urllib.error import HTTPError
from urllib.request import HTTPHandler, ProxyHandler, Request, build_opener

from .deadline import DeadlineError, deadline

_LIMIT = 64 * 1024


class Answer(NamedTuple):
    """HTTP status, body text and headers by their usual names (``Content-Type``).

    Status 0: no answer, and ``body`` says why.
    """

    status: int
    body: str
    headers: Mapping[str, str]


def request(
    url: str,
    timeout: float = 5.0,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    unix_socket: str | None = None,
    data: IO[bytes] | bytes | None = None,
) -> Answer:
    """Ask for ``url``, at ``unix_socket`` where there is one.

    The whole answer has to come within ``timeout`` seconds. A stream as ``data`` wants a
    Content-Length.

    A machine's proxy settings do not apply to its own containers and services.
    """
    handlers: list[Any] = [ProxyHandler({})] + (
        [_SocketHandler(unix_socket)] if unix_socket else []
    )
    wanted = Request(url, data, dict(headers or {}), method=method)
    # Sending may take long; an answer that comes drop by drop may not.
    limit: ContextManager[None] = (
        nullcontext() if data is not None else deadline(timeout, f"an answer of {url}")
    )
    try:
        with limit, build_opener(*handlers).open(wanted, timeout=timeout) as response:
            return Answer(
                response.status,
                response.read(_LIMIT).decode(errors="replace"),
                _titled(response.headers),
            )
    except HTTPError as error:
        return _refusal(error, timeout)
    except DeadlineError as error:
        return Answer(0, error.observed, {})
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(getattr(error, "reason", error)) or type(error).__name__, {})


def _refusal(error: HTTPError, timeout: float) -> Answer:
    """An answer whose status is not a success."""
    try:
        with deadline(timeout, "the rest of an answer"):
            body = error.read(_LIMIT).decode(errors="replace")
    except (DeadlineError, OSError, http.client.HTTPException) as failure:
        body = str(failure)
    return Answer(error.code, body, _titled(error.headers))


def _titled(headers: Message) -> dict[str, str]:
    return {name.title(): value for name, value in headers.items()}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """Send one of the ``requests`` of the module ``machine_info``; gives its result.

    The status, the decoded JSON (None for anything else), and the digest of the text. Status 0:
    there was no answer, and ``problem`` says why.
    """
    try:
        headers = {
            **question["headers"],
            **_authorization(question["username"], question["password_file"]),
        }
    except OSError as error:
        return {
            "status": 0,
            "json": None,
            "digest": "",
            "problem": f"cannot read {question['password_file']}: {error.strerror}",
        }
    status, body, _headers = request(
        question["url"], question["timeout"], question["method"], headers, question["unix_socket"]
    )
    try:
        decoded = json.loads(body)
    except ValueError:
        decoded = None
    return {
        "status": status,
        "json": decoded if status else None,
        "digest": f"sha256:{sha256(body.encode()).hexdigest()}" if status else "",
        "problem": "" if status else body,
    }


def _authorization(username: str | None, password_file: str) -> dict[str, str]:
    """The header of basic authentication (RFC 7617); none without a user name.

    The line end at the end of the file is not part of the password.
    """
    if not username:
        return {}
    with open(password_file, encoding="utf-8") as stream:
        token = f"{username}:{stream.read().rstrip(chr(10))}".encode()
    return {"Authorization": f"Basic {b64encode(token).decode()}"}


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str, host: str, **settings: Any) -> None:
        super().__init__(host, **settings)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class _SocketHandler(HTTPHandler):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def http_open(self, req: Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_SocketConnection, self._path), req)
