# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pushing images: what is said when it fails, and what is sent when it does not.

That it works is shown on real engines.
"""

from __future__ import annotations

import base64
import json

import pytest

NAME = "registry.example.com/greeting:1"
DIGEST = "sha256:" + "a" * 64
IMAGE = {"Id": "sha256:" + "1" * 64, "RepoDigests": []}
SECRET = "not-for-anybody"


def answers(push=(), served=(404, {"message": "manifest unknown: manifest unknown"}), image=IMAGE):
    """An engine that has the image, and a registry that serves this."""
    served = (200, {"Descriptor": {"digest": served}}) if isinstance(served, str) else served
    return {
        "/distribution/": served,
        "/push": (200, list(push)),
        f"/images/{NAME}/json": (200, image),
    }


@pytest.fixture
def push(listening, run_module):
    """A function that runs the module on an engine with these answers.

    The push's own is a stream of messages.
    """

    def run(found, **options):
        stream = "\r\n".join(json.dumps(message) for message in found["/push"][1])
        bodies = {
            part: (each[0], (stream if part == "/push" else json.dumps(each[1])).encode())
            for part, each in found.items()
        }
        result = run_module(
            "image_push", docker_host=listening(**bodies), **{"name": [NAME], **options}
        )
        assert SECRET not in json.dumps(result)
        return result

    return run


def sent(listening):
    """Whether anything was pushed."""
    return any("/push" in request for request in listening.requests)


def test_a_first_push(push, listening):
    result = push(answers([{"status": "Pushed"}, {"aux": {"Digest": DIGEST}}]))
    assert result["changed"]
    assert result["images"] == [{"name": NAME, "changed": True, "before": None, "digest": DIGEST}]
    assert sent(listening)


def test_what_is_served_is_not_sent_again(push, listening):
    result = push(
        answers(
            served=DIGEST,
            image={**IMAGE, "RepoDigests": [f"registry.example.com/greeting@{DIGEST}"]},
        )
    )
    assert not result["changed"]
    assert not sent(listening)


def test_a_digest_of_another_repository_is_no_proof(push, listening):
    """A manifest list that was pulled elsewhere is not what a push from here gives."""
    found = answers(
        [{"aux": {"Digest": DIGEST}}],
        served=DIGEST,
        image={**IMAGE, "RepoDigests": [f"elsewhere.example.com/greeting@{DIGEST}"]},
    )
    assert not push(found)["changed"]
    assert sent(listening)


def test_check_mode_asks_and_sends_nothing(push, listening):
    result = push(answers(served="sha256:" + "b" * 64), _ansible_check_mode=True)
    assert result["changed"]
    assert result["images"][0]["digest"] is None
    assert not sent(listening)


def test_an_image_that_is_not_here(push):
    found = answers()
    del found[f"/images/{NAME}/json"]
    found["/images/json"] = (
        200,
        [{"RepoTags": ["registry.example.com/greeting:2", "<none>:<none>"]}],
    )
    assert "no such image; did you mean registry.example.com/greeting:2?" in push(found)["msg"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "no basic auth credentials",
            "wants a login, and {config}/config.json has none for it (no basic auth credentials)",
        ),
        ("unauthorized: authentication required", "wants a login"),
        (
            "denied: requested access to the resource is denied",
            "does not let this user write there",
        ),
        ("denied", "does not let this user write there"),
        ("unsupported", "it is read-only or a mirror of another one"),
        (
            "denied: adding 1 MiB of storage resource, which will exceed the configured upper "
            "limit of 10 MiB.",
            "the registry has no room",
        ),
        ("received unexpected HTTP status: 507 Insufficient Storage", "the registry has no room"),
        (
            "received unexpected HTTP status: 500 Internal Server Error",
            "the registry itself failed, for example on a full disk",
        ),
        (
            'Put "https://registry.example.com/v2/quota-api/blobs/uploads/1": EOF',
            "the connection to the registry broke off",
        ),
        (
            "dial tcp: lookup certificate.example.com on 10.0.0.53:53: no such host",
            "the name of the registry does not resolve",
        ),
        ("manifest for app:401 not found: manifest unknown", "the registry does not have it"),
        (
            "repository registry.example.com/denied/readonly not found",
            "the registry does not have it",
        ),
        (
            "net/http: request canceled (Client.Timeout exceeded while awaiting headers)",
            "the connection to the registry broke off",
        ),
        ("toomanyrequests: slow down", "limits its requests"),
        ("Proxy Authentication Required", "the proxy between this machine and the registry"),
        ("write /var/lib/docker/tmp/x: no space left on device", "this machine is full"),
        ("blob upload: no space left on device", "the registry has no room"),
        (
            'Put "https://registry.example.com/v2/greeting/blobs/uploads/1": EOF',
            "the connection to the registry broke off",
        ),
        (
            "An error that nobody has seen yet",
            "the push failed (An error that nobody has seen yet)",
        ),
    ],
)
def test_an_error_in_the_stream_is_a_failure(push, tmp_path, words, told):
    result = push(
        answers([{"status": "Preparing"}, {"errorDetail": {"message": words}, "error": words}])
    )
    assert result["failed"]
    assert told.format(config=tmp_path / "docker-config") in result["msg"]
    assert "after some layers" not in result["msg"]


def test_a_registry_that_goes_down_in_the_middle(push):
    """The words of an engine 26.1 whose registry was killed after 30 MB."""
    words = "dial tcp 127.0.0.1:5055: connect: connection refused"
    retries = [
        {"status": f"Retrying in {seconds} second{'s' * (seconds > 1)}"}
        for limit in (5, 10)
        for seconds in range(limit, 0, -1)
    ]
    result = push(
        answers(
            [{"status": "Pushing", "progressDetail": {"current": 512}}, *retries, {"error": words}]
        )
    )
    assert (
        "after some layers were sent and 3 tries, nothing answers at the registry's address"
        in result["msg"]
    )


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("words", "told", "action"),
    [
        (
            'Get "https://x/v2/": dial tcp: lookup x on 10.0.0.53:53: no such host',
            "does not resolve",
            "getent hosts",
        ),
        (
            'Get "https://x/v2/": dial tcp 10.0.0.1:443: connect: connection refused',
            "nothing answers",
            "registry.example.com",
        ),
        (
            'Get "https://x/v2/": x509: certificate signed by unknown authority',
            "does not know",
            "certs.d/registry.example.com/ca.crt",
        ),
        (
            'Get "https://x/v2/": x509: certificate has expired or is not yet valid',
            "not valid at this machine's time",
            "date",
        ),
        (
            'Get "https://x/v2/": http: server gave HTTP response to HTTPS client',
            "speaks HTTP without TLS",
            "certificate",
        ),
        (
            'Get "https://x/v2/": tls: first record does not look like a TLS handshake',
            "speaks HTTP without TLS",
            "certificate",
        ),
        (
            'Get "https://x/v2/": remote error: tls: handshake failure',
            "the TLS connection to the registry failed",
            "TLS version",
        ),
    ],
)
def test_a_registry_that_cannot_be_asked(push, listening, check, words, told, action):
    result = push(answers(served=(500, {"message": words})), _ansible_check_mode=check)
    assert told in result["msg"]
    assert action in result["remedy"]
    assert "insecure-registries" not in result["msg"]
    assert not sent(listening)


def test_wrong_credentials_are_told_without_the_password(push):
    found = answers(
        [{"error": "unauthorized: authentication required"}],
        served=(500, {"message": "unauthorized: authentication required"}),
    )
    for check in (True, False):
        result = push(found, username="learner", password=SECRET, _ansible_check_mode=check)
        assert "the registry registry.example.com refused the user learner" in result["msg"]


def test_a_broken_file_of_credentials_is_no_empty_one(push, listening, tmp_path):
    (tmp_path / "docker-config").mkdir()
    (tmp_path / "docker-config/config.json").write_text('{"auths": {')
    assert "it is left as it is" in push(answers())["msg"]
    assert (tmp_path / "docker-config/config.json").read_text() == '{"auths": {'


def test_a_file_of_credentials_that_may_not_be_read_is_named(push, listening, tmp_path):
    (tmp_path / "docker-config/config.json").mkdir(parents=True)
    assert (
        f"a readable file at {tmp_path}/docker-config/config.json, but it is a directory"
        in push(answers())["msg"]
    )
    assert not sent(listening)


def test_stored_credentials_are_used(push, tmp_path):
    (tmp_path / "docker-config").mkdir()
    auth = base64.b64encode(f"learner:{SECRET}".encode()).decode()
    (tmp_path / "docker-config/config.json").write_text(
        json.dumps({"auths": {"registry.example.com": {"auth": auth}}})
    )
    assert "refused the user learner" in push(answers([{"error": "unauthorized"}]))["msg"]


def test_the_header_of_credentials_is_there_though_nobody_logged_in(push, monkeypatch):
    """From 28.3.3 on the engine refuses a push without it."""
    import docker.api.image as sdk

    seen = []
    monkeypatch.setattr(sdk.auth, "encode_header", lambda auth: seen.append(auth) or b"e30=")
    push(answers([{"aux": {"Digest": DIGEST}}]))
    assert seen == [{}, {}]  # for the question and for the push


def test_what_was_pushed_before_a_failure_is_told(push):
    found = answers([{"aux": {"Digest": DIGEST}}])
    result = push(found, name=[NAME, "registry.example.com/other:1"])
    assert result["failed"]
    assert result["changed"]
    assert [each["name"] for each in result["images"]] == [NAME]


def test_the_credentials_of_another_file_are_not_used(push, tmp_path, monkeypatch):
    """The SDK itself would go on to the one in the home folder."""
    (tmp_path / ".docker").mkdir()
    auth = base64.b64encode(f"learner:{SECRET}".encode()).decode()
    (tmp_path / ".docker/config.json").write_text(
        json.dumps({"auths": {"registry.example.com": {"auth": auth}}})
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (
        "docker-config/config.json has none for it"
        in push(answers([{"error": "unauthorized"}]))["msg"]
    )
