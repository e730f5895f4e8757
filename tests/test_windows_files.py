"""What people with Windows get who have no Ansible: a file of winget, and data for cloud-init.

Here is no Windows and no PowerShell, so the file is held against what its reference says.
"""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "tests/winget_configuration.schema.json").read_text(encoding="utf-8"))
# A hash of crypt(5) with which nobody logs in
HASH = "$6$salt$" + "x" * 86


@pytest.fixture
def write(run, tmp_path):
    """Writes the files with the playbook; the folder in which they are."""

    def write(name="files", rc=0, **variables):
        folder = tmp_path / name
        variables["wsl_host_files"] = str(folder)
        output = run(
            f"windows-{name}",
            "ansible-playbook",
            ROOT / "playbooks/windows_files.yml",
            "--extra-vars",
            json.dumps(variables),
            rc=rc,
            env={"WORKSHOP_REPORT_PATH": ""},
        )
        return output if rc else folder

    return write


def winget(folder):
    """The file of winget, which has to be what its reference allows."""
    found = yaml.safe_load((folder / "workshop.winget").read_text(encoding="utf-8"))
    jsonschema.validate(found, SCHEMA, jsonschema.Draft202012Validator)
    before = []
    for resource in found["resources"]:
        assert set(resource.get("dependsOn", ())) <= set(before)
        before.append(resource["name"])
    assert len(set(before)) == len(before)
    return {resource["name"]: resource for resource in found["resources"]}


def user_data(folder):
    return yaml.safe_load((folder / "user-data").read_text(encoding="utf-8"))


def test_the_file_of_winget_has_everything(write):
    folder = write()
    resources = winget(folder)
    assert list(resources) == ["WSL", "FirstUser", "Instance", "Editor", "Extensions"]
    elevated = [name for name, each in resources.items() if "winget" in each["metadata"]]
    assert elevated == ["WSL"]  # an instance belongs to the user who installs it
    assert resources["Editor"]["properties"]["id"] == "Microsoft.VisualStudioCode"
    instance = resources["Instance"]["properties"]["setScript"]
    assert "--install --distribution $name --version 2 --no-launch" in instance
    assert "ms-vscode-remote.remote-wsl" in resources["Extensions"]["properties"]["testScript"]
    assert (folder / "workshop.winget").stat().st_mode & 0o777 == 0o600


def test_a_script_looks_before_it_does_anything(write):
    """DSC runs setScript whatever testScript has said, and wants one true or false of the latter;
    param() is not allowed.
    """
    for resource in winget(write(wsl_host_settings={"wsl2": {"memory": "4GB"}})).values():
        properties = resource["properties"]
        if "testScript" in properties:
            functions, _, last = properties["testScript"].rstrip().rpartition("\n")
            assert last == "Test-Done"
            assert properties["setScript"] == f"{functions}\nif (-not (Test-Done)) {{ Set-It }}\n"
            assert not re.search(r"\bparam\b", functions)
            for open_, close in ("{}", "()", "[]"):
                assert functions.count(open_) == functions.count(close), resource["name"]
            assert not [line for line in functions.splitlines() if line != line.rstrip()]


def test_the_user_data_is_inside(write):
    folder = write()
    script = winget(folder)["FirstUser"]["properties"]["setScript"]
    inside = script.split("@'\n", 1)[1].split("\n'@", 1)[0]
    assert f"{inside}\n" == (folder / "user-data").read_text(encoding="utf-8")
    assert r".cloud-init\Ubuntu-24.04.user-data" in script


def test_settings_and_an_image(write):
    settings = {"wsl2": {"networkingMode": "mirrored", "dnsTunneling": True}, "general": {"a": 1}}
    image = r"\\server\it's\lab.wsl"
    folder = write(wsl_host_settings=settings, wsl_host_image=image, wsl_host_editor=False)
    resources = winget(folder)
    assert list(resources) == ["WSL", "Settings", "Instance"]
    text = resources["Settings"]["properties"]["setScript"].split("@'\n", 1)[1].split("\n'@", 1)[0]
    found = configparser.ConfigParser()
    found.optionxform = str
    found.read_string(text)
    assert {name: dict(found[name]) for name in found.sections()} == {
        "wsl2": {"networkingMode": "mirrored", "dnsTunneling": "true"},
        "general": {"a": "1"},
    }
    script = resources["Instance"]["properties"]["setScript"]
    assert r"--install --from-file '\\server\it''s\lab.wsl' --name $name" in script
    assert "cloud-init" not in script  # an image brings its user, or asks for one


def test_a_password_is_asked_for_by_sudo(write):
    without, with_one = user_data(write()), user_data(write("hashed", wsl_host_password=HASH))
    assert without["users"][0]["lock_passwd"] is True
    assert "passwd" not in without["users"][0]
    assert with_one["users"][0] == {**without["users"][0], "lock_passwd": False, "passwd": HASH}
    paths = [each["path"] for each in without["write_files"]]
    assert paths == ["/etc/wsl.conf", "/etc/sudoers.d/workshop-user"]
    assert [each["path"] for each in with_one["write_files"]] == paths[:1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("distribution", "Ubuntu'; calc"),
        ("user", "anna\nroot"),
        ("password", "secret"),
        ("editor_extensions", ["a'@\nb"]),
    ],
)
def test_names_that_are_none_are_refused(write, name, value):
    output = write(f"refused-{name}", rc=2, **{f"wsl_host_{name}": value})
    assert "What to do: correct" in " ".join(output.split())
