# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine that is asked through an SDK of ours."""

from __future__ import annotations

import docker
import pytest

from ansible_collections.workshop.containers.plugins.module_utils.engine.client import Engine


class Api:
    """The SDK's client of an engine that gives ``answers`` by method, and remembers ``calls``.

    An answer that is an exception is raised.
    """

    api_version = "1.41"

    def __init__(self):
        self.answers = {}
        self.calls = []

    def __getattr__(self, method):
        def call(*arguments, **options):
            self.calls.append((method, arguments, options))
            answer = self.answers[method]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture
def api():
    return Api()


@pytest.fixture
def engine(api, monkeypatch):
    monkeypatch.setattr(docker, "APIClient", lambda **_settings: api)
    engine = Engine("unix:///nowhere")
    api.calls.clear()
    return engine
