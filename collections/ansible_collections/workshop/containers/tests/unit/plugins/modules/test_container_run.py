# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running containers: what is refused, and what is said of an end that was not expected.

That it works is shown on real engines.
"""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.workshop.containers.plugins.module_utils.containers import (
    lifecycle,
    run_label,
)
from ansible_collections.workshop.containers.plugins.module_utils.engine.logs import KEEP

ID = "4f" * 32
IMAGE_ID = "sha256:" + "1" * 64
IMAGE = {"Id": IMAGE_ID, "Config": {"Labels": {}}, "RepoDigests": []}
PLAIN = {"Status": "exited", "Running": False, "ExitCode": 0, "OOMKilled": False}


def container(state=(), own=True, image=IMAGE_ID, **options):
    """A container as the engine describes it.

    Made by the module with these options unless it is not our ``own``.
    """
    labels = run_label.label_for({"image": "busybox", **options}) if own else {}
    return {
        "Id": ID,
        "Name": "/session",
        "Image": image,
        "Config": {"Labels": labels, "Image": "busybox", "Tty": False},
        "State": {**PLAIN, **dict(state)},
        "HostConfig": {"PortBindings": {}},
    }


def frame(stream, text):
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def answers(found=None, image=IMAGE, log=b"", **more):
    """An engine with an image, and a container called session or none.

    ``more`` are answers that come first.
    """
    listed = [{"Id": ID, "Names": ["/session"], "Created": 1, "State": "exited"}] if found else []
    return {
        **more,
        "/containers/json": (200, listed),
        f"/containers/{ID}/json": (200, found),
        f"/containers/{ID}/logs": (200, log),
        "/images/busybox:latest/json": (200, image)
        if image
        else (404, {"message": "No such image"}),
        f"/images/{IMAGE_ID}/json": (200, image),
        "POST /v1.41/containers/create": (201, {"Id": ID}),
        f"/containers/{ID}/wait": (200, {"StatusCode": 0}),
        f"/containers/{ID}/start": (204, ""),
        f"DELETE /v1.41/containers/{ID}": (204, ""),
    }


@pytest.fixture
def run(listening, run_module):
    """A function that runs the module on an engine with these answers."""

    def run(found, /, **options):
        bodies = {
            part: (status, body if isinstance(body, bytes) else json.dumps(body).encode())
            for part, (status, body) in found.items()
        }
        return run_module(
            "container_run",
            docker_host=listening(**bodies),
            **{"name": "session", "image": "busybox", **options},
        )

    return run


@pytest.fixture
def warned(monkeypatch):
    """What the module warned of.

    Where Ansible itself is loaded, as by other tests, warnings do not go into the result.
    """
    said = []
    monkeypatch.setattr(AnsibleModule, "warn", lambda _module, text: said.append(text))
    return said


def touched(listening):
    """The requests that changed something."""
    return [
        request
        for request in listening.requests
        if not request.startswith("GET") and "/wait" not in request
    ]


@pytest.mark.parametrize(
    "options", [{}, {"state": "absent"}, {"recreate": True}, {"replace": "other"}]
)
@pytest.mark.parametrize("check", [True, False])
def test_a_container_of_somebody_else_is_left_alone(run, listening, options, check):
    result = run(answers(container(own=False)), _ansible_check_mode=check, **options)
    assert (
        "the container session (4f4f4f4f4f4f, from busybox), which it did not make" in result["msg"]
    )
    assert "replace: session" in result["remedy"]
    assert not touched(listening)


def test_a_label_that_came_with_the_image_proves_nothing(run):
    """Somebody commits a container of ours and runs the image by hand."""
    found = container()
    image = {**IMAGE, "Config": {"Labels": found["Config"]["Labels"]}}
    assert "which it did not make" in run(answers(found, image=image))["msg"]


@pytest.mark.parametrize(("by_name", "own"), [("busybox", True), ("snapshot", False)])
def test_a_container_whose_image_is_gone_is_known_by_what_it_was_run_from(
    run, listening, by_name, own
):
    found = container()
    found["Config"]["Image"] = by_name
    gone = {f"/images/{IMAGE_ID}/json": (404, {"message": "No such image"})}
    result = run({**answers(found), **gone}, state="absent")
    assert result["changed"] is own
    assert any(request.startswith("DELETE") for request in touched(listening)) is own


def test_one_that_is_named_is_replaced(run, listening):
    assert run(answers(container(own=False)), replace="session", detach=True)["differences"] == [
        "replace"
    ]
    assert any(request.startswith("DELETE") for request in touched(listening))


def test_what_has_ended_well_is_not_run_again(run, listening):
    result = run(
        answers(container(command=["true"]), log=frame(1, b"hello\n") + frame(2, b"oops\n")),
        command=["true"],
    )
    assert (result["changed"], result["stdout"], result["stderr"], result["exit_code"]) == (
        False,
        "hello\n",
        "oops\n",
        0,
    )
    assert not touched(listening)


@pytest.mark.parametrize(
    ("made", "wanted", "differences"),
    [
        ({"ports": ["8080:80"]}, {"ports": ["8081:80"], "env": {"A": 1}}, ["env", "ports"]),
        ({"memory": "32m"}, {}, ["memory"]),
        ({}, {"expected_exit_code": 1}, ["state"]),
        ({}, {"expected_output": "^hello$"}, ["state"]),
        ({}, {"recreate": True}, ["recreate"]),
    ],
)
def test_check_mode_says_what_differs(run, listening, made, wanted, differences):
    result = run(answers(container(**made)), _ansible_check_mode=True, **wanted)
    assert (result["changed"], result["differences"]) == (True, differences)
    assert not touched(listening)


@pytest.mark.parametrize("running", [True, False])
def test_what_was_cut_off_is_neither_awaited_nor_removed_in_check_mode(run, listening, running):
    """A real run follows it to its end, and removes it."""
    found = answers(container({"Running": running}, auto_remove=True))
    foretold = run(found, auto_remove=True, _ansible_check_mode=True)
    assert foretold["changed"]
    assert not [request for request in listening.requests if not request.startswith("GET")]
    assert run(found, auto_remove=True)["changed"]
    assert touched(listening)[-1].startswith("DELETE")


def test_what_still_runs_is_not_awaited_in_check_mode(run, listening):
    result = run(answers(container({"Running": True})), _ansible_check_mode=True)
    assert (result["changed"], "exit_code" in result) == (False, False)
    assert not [request for request in listening.requests if "/wait" in request]


def test_several_ports_of_the_machine_and_one_address(run, listening, monkeypatch):
    asked = []
    real = lifecycle.create
    monkeypatch.setattr(
        lifecycle,
        "create",
        lambda engine, params, *rest: asked.append(params["ports"]) or real(engine, params, *rest),
    )
    run(answers(), ports=["8080:80", "127.0.0.1:8081:80", "[::1]:53:53/udp"], detach=True)
    assert [tuple(port) for port in lifecycle.published(asked[0])] == [
        ("80/tcp", 8080, ""),
        ("80/tcp", 8081, "127.0.0.1"),
        ("53/udp", 53, "::1"),
    ]


def test_another_image_under_the_same_name_is_a_difference(run):
    found = container(image="sha256:" + "2" * 64)
    result = run(
        {
            f"/images/sha256:{'2' * 64}/json": (200, {**IMAGE, "Id": "sha256:" + "2" * 64}),
            **answers(found),
        },
        _ansible_check_mode=True,
    )
    assert result["differences"] == ["image"]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"Status": "paused", "Running": True, "Paused": True}, "somebody paused it"),
        (
            {"Status": "restarting", "Running": True, "Restarting": True, "ExitCode": 7},
            "exit code 7 again and again",
        ),
    ],
)
@pytest.mark.parametrize("detach", [True, False])
def test_a_container_that_is_halted(run, listening, state, told, detach):
    result = run(answers(container(state, detach=detach)), detach=detach)
    assert result["failed"]
    assert told in result["msg"]
    assert not touched(listening)


def test_an_exit_code_that_was_not_expected_comes_with_the_output(run):
    result = run(
        answers(
            log=frame(1, b"before\n") + frame(2, b"it broke\n"),
            **{"/wait": (200, {"StatusCode": 3})},
        )
    )
    assert (
        "Expected the exit code 0 of the container session, but found 3; the end of its "
        "output:\nbefore\nit broke" in result["msg"]
    )
    assert (result["exit_code"], result["stderr"]) == (3, "it broke\n")


def test_an_output_that_was_not_expected(run):
    result = run(answers(log=frame(1, b"something\n")), expected_output="^nothing$")
    assert (
        "Expected /^nothing$/ in the output of the container session, but its end "
        "is:\nsomething" in result["msg"]
    )


def test_output_that_is_not_utf8_is_marked_and_said(run, warned):
    result = run(answers(container(), log=frame(1, b"\xc3( broken")))
    assert result["stdout"] == "\ufffd( broken"
    assert warned == [
        "stdout of the container session is not all UTF-8: each invalid byte is shown as U+FFFD."
    ]


def test_of_100_mb_of_output_the_last_is_told(run, warned):
    line = b"x" * 16383 + b"\n"
    result = run(
        answers(container(), log=frame(1, line) * 6400 + frame(1, b"end\n")),
        expected_output="^end$",
    )
    assert result["stdout"].endswith("x\nend\n")
    assert KEEP - len(line) <= len(result["stdout"]) <= KEEP
    left_out = 6400 * len(line) + 4 - len(result["stdout"])
    assert set(warned) == {
        f"stdout of the container session is too long: its first {left_out} bytes are omitted."
    }


def test_a_log_that_cannot_be_read_is_empty(run):
    found = answers(container())
    found[f"/containers/{ID}/logs"] = (
        500,
        {"message": "configured logging driver does not support reading"},
    )
    assert run(found)["stdout"] == ""


def test_a_container_that_never_started_is_not_left_in_the_way(run, listening):
    words = {
        "message": "OCI runtime create failed: exec: nothing: executable file not found in $PATH"
    }
    result = run(answers(**{"/start": (400, words)}), command=["nothing"])
    assert "executable file not found" in result["msg"]
    assert touched(listening)[-1].startswith("DELETE")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"ports": ["80"]}, "a port as OUTSIDE:INSIDE"),
        ({"ports": ["80:70000"]}, "a port as OUTSIDE:INSIDE"),
        ({"ports": ["localhost:80:80"]}, "a port as OUTSIDE:INSIDE"),
        ({"env": {"DEBUG": True}}, "text for DEBUG in env, but found bool True"),
        ({"env": {"VERSION": 1.10}}, "text for VERSION in env, but found float 1.1"),
        ({"env": {"EMPTY": None}}, "text for EMPTY in env, but found NoneType None"),
        ({"expected_output": "("}, "a regular expression as expected_output"),
        ({"prompt": "["}, "a regular expression as prompt"),
        ({"script": [{"input": "x", "expect": "*"}]}, "a regular expression as the expect"),
        ({"pull": "never"}, "it is not on this machine, and pull: never forbids a pull"),
        ({"memory": "a lot"}, "a container from busybox"),
    ],
)
def test_options_that_cannot_be(run, listening, options, told):
    result = run(answers(image=IMAGE if "memory" in options else None), **options)
    assert result["failed"]
    assert told in result["msg"]
    assert not touched(listening)


def test_an_image_that_cannot_be_pulled(run):
    stream = b'{"status": "Pulling"}\r\n{"error": "pull access denied for busybox"}'
    assert (
        "pull access denied" in run({"/images/create": (200, stream), **answers(image=None)})["msg"]
    )


def test_an_image_is_required(run_module):
    assert "image" in run_module("container_run", name="session")["msg"]


def test_the_label_does_not_hold_what_was_asked_for():
    labels = run_label.label_for({"image": "busybox", "env": {"PASSWORD": "secret"}})
    assert set(json.loads(labels[run_label.RUN])) == {"image", "env"}
    assert "secret" not in labels[run_label.RUN]


@pytest.mark.parametrize(
    ("options", "observed", "remedy"),
    [
        (
            {"command": "httpd -f -vv"},
            "one program named 'httpd -f -vv'",
            "write each word by itself: [httpd, -f, -vv]",
        ),
        ({"command": [True]}, "bool True", "put that word in quotes"),
        ({"command": ["echo", None]}, "NoneType None", "put that word in quotes"),
        ({"command": ["sleep", 0.5]}, "float 0.5", "put that word in quotes"),
        (
            {"entrypoint": "sh -c"},
            "one program named 'sh -c'",
            "write each word by itself: [sh, -c]",
        ),
    ],
)
def test_words_that_are_none_are_refused(run, listening, options, observed, remedy):
    result = run({}, **options)
    assert result["failed"]
    assert (result["observed"], result["remedy"]) == (observed, remedy)
    assert touched(listening) == []


def test_the_order_of_ports_and_volumes_means_nothing():
    one = {"ports": ["80:80", "90:90"], "volumes": ["/a:/a", "/b:/b"], "command": ["a", "b"]}
    other = {**one, "ports": ["90:90", "80:80"], "volumes": ["/b:/b", "/a:/a"]}
    assert run_label.spec(one) == run_label.spec(other)
    assert run_label.spec(one) != run_label.spec({**one, "command": ["b", "a"]})
    assert run_label.spec(one) != run_label.spec({**one, "ports": ["80:80", "90:91"]})
