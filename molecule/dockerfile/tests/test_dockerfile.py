"""An image greeting, built from /appHello, that says hello and goodbye."""

import re

import pytest


@pytest.mark.step("dockerfile.directory", "dockerfile.scripts")
@pytest.mark.parametrize("name", ["hello", "goodbye"])
def test_script_is_executable_and_says_its_name(host, name):
    script = host.file(f"/appHello/{name}")
    assert script.mode & 0o111 == 0o111
    assert host.check_output(f"/appHello/{name}") == name


@pytest.mark.step("dockerfile.dockerfile")
def test_dockerfile_is_the_documents(host):
    lines = host.file("/appHello/Dockerfile").content_string.split("\n")
    assert [line.strip() for line in lines if line.strip()] == [
        "FROM busybox:latest",
        "COPY hello goodbye /",
        'CMD [ "/hello" ]',
    ]


@pytest.mark.step("dockerfile.build", "dockerfile.run", "dockerfile.run-goodbye")
@pytest.mark.parametrize(("command", "answer"), [("", "hello"), ("/goodbye", "goodbye")])
def test_image_answers(host, command, answer):
    assert host.check_output(f"docker run --rm greeting {command}") == answer


@pytest.mark.step("dockerfile.history")
def test_history_has_copy_and_cmd(host):
    newest_first = host.check_output("docker history --no-trunc --format '{{.CreatedBy}}' greeting")
    assert re.search(r'CMD \["/hello"\](.*\n)+.*COPY .* /', newest_first)


@pytest.mark.step("dockerfile.build")
def test_image_lies_on_busybox(layers):
    assert layers("greeting")[:-1] == layers("busybox:latest")


@pytest.mark.step("dockerfile.run", "dockerfile.run-goodbye")
def test_no_container_of_the_image_is_left(host):
    assert host.check_output("docker ps --all --quiet --filter ancestor=greeting") == ""
