"""The first user of an instance: the distribution's cloud-init and the role make the same.

Each works in a root file system of its own, made of this machine's by overlays that end with the
mount namespace.
"""

from __future__ import annotations

import configparser
import json
from pathlib import Path

import pytest

from support import changed

ROOT = Path(__file__).parent.parent
USER = "newcomer"
# Only the modules that the user-data needs: others would look at this machine's disks and name.
CLOUD = """\
datasource_list: [NoCloud, None]
cloud_init_modules: [write-files, users-groups]
cloud_config_modules: []
cloud_final_modules: []
network: {config: disabled}
system_info: {distro: debian}
"""
# $1: the folder of the test. In it: user-data, cloud.cfg, and how the role is run (role.sh).
SCRIPT = r"""
set -e
cd "$1"
root() { # $1: its name, $2: what is below it
    mkdir "tree/$1" "tree/$1/upper" "tree/$1/work" "tree/$1/root"
    mount -t overlay overlay "tree/$1/root" \
        -o "lowerdir=$2,upperdir=tree/$1/upper,workdir=tree/$1/work"
    mount -t proc proc "tree/$1/root/proc"
    mount -t tmpfs run "tree/$1/root/run"
    mount -t tmpfs dev "tree/$1/root/dev"
    mknod -m 666 "tree/$1/root/dev/null" c 1 3
    mknod -m 666 "tree/$1/root/dev/urandom" c 1 9
}
mount -t tmpfs tree tree
root base /
mkdir -p tree/base/root/var/cache/apt/archives/partial
if [ -e /etc/resolv.conf ]; then
    cp -L --remove-destination /etc/resolv.conf tree/base/root/etc/resolv.conf
fi
install() {
    chroot tree/base/root apt-get -qq -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends cloud-init sudo </dev/null
}
install || { chroot tree/base/root apt-get -qq update; install; }
umount -R tree/base/root

root cloud "$1/tree/base/upper:/"
seed=tree/cloud/root/var/lib/cloud/seed/nocloud
mkdir -p $seed
cp user-data $seed/user-data
echo 'instance-id: test' > $seed/meta-data
cp cloud.cfg tree/cloud/root/etc/cloud/cloud.cfg
rm -rf tree/cloud/root/etc/cloud/cloud.cfg.d
chroot tree/cloud/root cloud-init schema --config-file /var/lib/cloud/seed/nocloud/user-data
chroot tree/cloud/root cloud-init init --local
chroot tree/cloud/root cloud-init init

root role "$1/tree/base/upper:/"
for run in first second; do sh -e role.sh > "$run.log" 2>&1 || { cat "$run.log"; exit 1; }; done

for side in cloud role; do
    mkdir "$side"
    for file in passwd group shadow wsl.conf sudoers.d/workshop-user; do
        cp -a "tree/$side/root/etc/$file" "$side/"
    done
    chroot "tree/$side/root" visudo --check
done
"""


@pytest.fixture(scope="module")
def sides(run, tmp_path_factory):
    """The folders with what cloud-init and the role have made, and the role's two runs."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "tree").mkdir()
    (folder / "cloud.cfg").write_text(CLOUD, encoding="ascii")
    variables = {"wsl_host_user": USER, "wsl_host_files": str(folder)}
    quiet = {"WORKSHOP_REPORT_PATH": "", "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    files = ["ansible-playbook", ROOT / "playbooks/windows_files.yml"]
    run("windows-user-data", *files, "--extra-vars", json.dumps(variables), env=quiet)
    (folder / "inventory.yml").write_text(
        json.dumps(
            {
                "wsl": {
                    "hosts": {
                        "instance": {
                            "ansible_connection": "community.general.chroot",
                            "ansible_host": str(folder / "tree/role/root"),
                            "ansible_python_interpreter": "/usr/bin/python3",
                            "wsl_host_user": USER,
                        }
                    }
                },
                "windows": {"hosts": {}},
            }
        ),
        encoding="utf-8",
    )
    (folder / "role.sh").write_text(
        f"exec ansible-playbook -i '{folder}/inventory.yml' '{ROOT}/playbooks/windows.yml'\n",
        encoding="utf-8",
    )
    run("windows-user", "unshare", "--mount", "--uts", "sh", "-c", SCRIPT, "sh", folder, env=quiet)
    return folder


def entry(folder, name):
    """The user's line of a file, as fields."""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    return next(line.split(":") for line in lines if line.startswith(f"{USER}:"))


def settings(folder):
    found = configparser.ConfigParser()
    found.read(folder / "wsl.conf")
    return {name: dict(found[name]) for name in found.sections()}


def groups(folder):
    lines = (folder / "group").read_text(encoding="utf-8").splitlines()
    return {line.split(":")[0] for line in lines if USER in line.split(":")[3].split(",")}


def test_the_user_is_the_same(sides):
    cloud, role = (entry(sides / side, "passwd") for side in ("cloud", "role"))
    assert (cloud[5:], cloud[2] == role[2]) == ([f"/home/{USER}", "/bin/bash"], True)
    assert role[5:] == cloud[5:]
    assert groups(sides / "cloud") == groups(sides / "role") == {"sudo"}


def test_nobody_logs_in_with_a_password(sides):
    for side in ("cloud", "role"):
        assert entry(sides / side, "shadow")[1].startswith("!")


def test_sudo_asks_for_none(sides):
    files = [sides / side / "workshop-user" for side in ("cloud", "role")]
    assert f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL\n" in files[0].read_text(encoding="ascii")
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [each.stat().st_mode & 0o777 for each in files] == [0o440, 0o440]


def test_wsl_conf_says_the_same(sides):
    wanted = {"boot": {"systemd": "true"}, "user": {"default": USER}}
    assert settings(sides / "cloud") == settings(sides / "role") == wanted


def test_a_second_run_of_the_role_changes_nothing(sides):
    first, second = ((sides / f"{name}.log").read_text("utf-8") for name in ("first", "second"))
    assert (changed(first), changed(second)) == (3, 0)
