"""The same two scripts on another base image, built from /appHelloFedora."""

import re

import pytest

FOLDER = "/appHelloFedora"


@pytest.mark.step("base-image.directory", "base-image.scripts")
@pytest.mark.parametrize("name", ["hello", "goodbye"])
def test_script_is_executable_and_says_its_name(host, name):
    assert host.file(FOLDER).is_directory
    assert host.file(f"{FOLDER}/{name}").mode & 0o111 == 0o111
    assert host.check_output(f"{FOLDER}/{name}") == name


@pytest.mark.step("base-image.dockerfile")
def test_dockerfile_is_the_documents(host):
    lines = host.file(f"{FOLDER}/Dockerfile").content_string.split("\n")
    assert [line.strip() for line in lines if line.strip()] == [
        "FROM fedora:35",
        "COPY hello goodbye /",
        'CMD [ "/hello" ]',
    ]


@pytest.mark.step("base-image.remove", "base-image.build")
def test_image_of_the_lesson_before_is_gone(layers):
    """What is called greeting now has nothing of busybox in it."""

    assert layers("greeting")[:-1] == layers("fedora:35")
    assert not set(layers("greeting")) & set(layers("busybox"))


@pytest.mark.step("base-image.run")
@pytest.mark.parametrize(("command", "answer"), [("", "hello"), ("/goodbye", "goodbye")])
def test_image_answers(host, command, answer):
    assert host.check_output(f"docker run --rm greeting {command}") == answer


@pytest.mark.step("base-image.shell")
def test_inside_is_a_distribution(host):
    assert re.search(
        r"^ID=\S+$", host.check_output("docker run --rm greeting cat /etc/os-release"), re.MULTILINE
    )


@pytest.mark.step("base-image.shell")
@pytest.mark.parametrize("program", ["bash", "dnf"])
def test_inside_is_the_program(host, program):
    assert host.check_output("docker run --rm greeting %s --version", program)


@pytest.mark.step("base-image.shell")
def test_shell_has_left_no_container(host):
    assert host.check_output("docker ps --all --quiet --filter ancestor=greeting") == ""
