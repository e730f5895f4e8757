"""A web application in its own image, that keeps running and answers on a port of the machine."""

import re

import pytest

FOLDER = "/home/user/docker"
TOGETHER = [r"^Flask==2\.1\.", r"^Werkzeug==2\."]


@pytest.mark.step("flask-app.source")
def test_source_is_valid(host):
    host.check_output("python3 -c %s", f"import ast; ast.parse(open('{FOLDER}/hello.py').read())")


@pytest.mark.step("flask-app.dockerfile")
@pytest.mark.parametrize(
    "line",
    [
        "# syntax=docker/dockerfile:1",
        "FROM ubuntu:22.04",
        "RUN apt-get update && apt-get install -y python3 python3-pip",
        "RUN pip install flask==2.1.* 'werkzeug<3'",
        "COPY hello.py /",
        "ENV FLASK_APP=hello",
        "EXPOSE 8000",
        "CMD flask run --host 0.0.0.0 --port 8000",
    ],
)
def test_dockerfile_has_the_line(host, line):
    assert line in host.file(f"{FOLDER}/Dockerfile").content_string.splitlines()


@pytest.mark.step("flask-app.build")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("{{json .Config.ExposedPorts}}", '"8000/tcp"'),
        ("{{json .Config.Env}}", '"FLASK_APP=hello"'),
    ],
)
def test_image_is_configured(host, field, value):
    assert value in host.check_output("docker image inspect --format %s hello", field)


@pytest.mark.step("flask-app.build")
def test_image_stands_on_its_base(layers):
    assert layers("hello")[:-3] == layers("ubuntu:22.04")


@pytest.mark.step("flask-app.build")
@pytest.mark.parametrize("package", TOGETHER)
def test_image_has_the_versions_that_work_together(host, package):
    packages = host.check_output("docker exec hello pip list --format freeze")
    assert re.search(package, packages, re.MULTILINE)


@pytest.mark.step("flask-app.run")
def test_application_runs(host):
    assert host.check_output("docker inspect --format '{{.State.Running}}' hello") == "true"


@pytest.mark.step("flask-app.run")
def test_port_leads_to_it(host):
    assert "0.0.0.0:8000" in host.check_output("docker port hello 8000/tcp").splitlines()


@pytest.mark.step("flask-app.request")
@pytest.mark.parametrize(
    ("path", "status", "body"), [("/", 200, "Hello World!"), ("/nothing", 404, "Not Found")]
)
def test_page(host, path, status, body):
    answer = host.check_output(
        f"curl --silent --retry 5 --retry-connrefused --write-out '\\n%{{http_code}}' "
        f"http://localhost:8000{path}"
    )
    assert answer.splitlines()[-1] == str(status)
    assert body in answer
