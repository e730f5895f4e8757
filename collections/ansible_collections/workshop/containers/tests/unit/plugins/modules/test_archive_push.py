# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of every kind, and a registry that keeps what it is sent, or refuses it.

Real registries have it in molecule/default.
"""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import json
import os
import tarfile
import threading

import pytest

from ansible_collections.workshop.containers.plugins.module_utils.images import archive

LAYER = b"a layer, as far as a registry cares" * 100
CONFIG = json.dumps({"os": "linux", "rootfs": {"type": "layers"}}).encode()
OTHER, OURS = ("arm64", "amd64") if os.uname().machine == "x86_64" else ("amd64", "arm64")
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def described(content, media_type="application/vnd.oci.image.config.v1+json", **more):
    return {"mediaType": media_type, "digest": digest(content), "size": len(content), **more}


def pack(path, files, links=()):
    """A tar file of {name: content} and (name, target)."""
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in links:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return str(path)


def saved(path, layer=LAYER, images=1, config=CONFIG):
    """As old engines save an image, a layer that is used twice as a link."""
    entry = {
        "Config": "config.json",
        "RepoTags": None,
        "Layers": ["one/layer.tar", "two/layer.tar"],
    }
    files = {
        "./one/layer.tar": layer,
        "config.json": config,
        "manifest.json": json.dumps([entry] * images).encode(),
    }
    return pack(path, files, [("two/layer.tar", "../one/layer.tar")])


def laid_out(path, *platforms, nested=False):
    """An OCI layout; for each platform a layer that is its name."""
    blobs, manifests = [CONFIG], []
    for platform in platforms:
        layer = platform.encode()
        manifest = json.dumps(
            {"schemaVersion": 2, "config": described(CONFIG), "layers": [described(layer)]}
        ).encode()
        system, architecture = platform.split("/")
        manifests.append(
            described(
                manifest, MANIFEST_TYPE, platform={"os": system, "architecture": architecture}
            )
        )
        blobs += [layer, manifest]
    index = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
    if nested:
        blobs.append(index)
        index = json.dumps(
            {"manifests": [described(index, "application/vnd.oci.image.index.v1+json")]}
        ).encode()
    return pack(
        path, {"index.json": index, **{f"blobs/sha256/{digest(each)[7:]}": each for each in blobs}}
    )


class Registry(http.server.BaseHTTPRequestHandler):
    """Keeps blobs and manifests in ``kept``.

    Answers a method that is in ``refusal`` with that; ``log`` is what it was asked.
    """

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def do_GET(self):
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.log.append(f"{self.command} {self.path}")
        if self.refusal.get(self.command):
            self.answer(*self.refusal[self.command])
        elif self.command == "POST":
            self.answer(202, Location=f"{self.path}one?state=x")
        elif self.command == "PUT" and "?" in self.path:
            assert self.path.endswith(f"?state=x&digest={digest(content)}")
            self.kept[self.path.replace("uploads/one?state=x&digest=", "")] = content
            self.answer(201)
        elif self.command == "PUT":
            self.kept[self.path] = content
            self.answer(201)
        else:
            found = self.kept.get(self.path)
            self.answer(404 if found is None else 200, found or b"{}")

    do_HEAD = do_POST = do_PUT = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def registry():
    """Its class, with the port."""
    handler = type("Handler", (Registry,), {"kept": {}, "log": [], "refusal": {}})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        handler.port = served.server_port
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield handler
        served.shutdown()
        thread.join()


@pytest.fixture
def push(run_module, registry):
    def push(path, name="library/busybox:1", **options):
        return run_module(
            "archive_push",
            path=path,
            name=f"127.0.0.1:{registry.port}/{name}",
            scheme="http",
            **options,
        )

    return push


def test_push_and_push_again(push, registry, tmp_path):
    path = saved(tmp_path / "image.tar")
    would = push(path, _ansible_check_mode=True)
    assert (would["changed"], would["before"], would["id"], registry.kept) == (
        True,
        None,
        digest(CONFIG),
        {},
    )
    done = push(path)
    assert (done["changed"], done["id"]) == (True, digest(CONFIG))
    assert "not there" in done["diff"]["before"]
    kept = {key.removeprefix("/v2/library/busybox/"): value for key, value in registry.kept.items()}
    manifest = json.loads(kept.pop("manifests/1"))
    assert kept == {f"blobs/{digest(each)}": each for each in (LAYER, CONFIG)}
    assert [each["digest"] for each in manifest["layers"]] == [digest(LAYER)] * 2
    assert {each["mediaType"] for each in manifest["layers"]} == {
        "application/vnd.oci.image.layer.v1.tar"
    }
    registry.log.clear()
    again = push(path)
    assert (again["changed"], again["before"]) == (False, digest(CONFIG))
    assert registry.log == ["GET /v2/library/busybox/manifests/1"]


def test_what_is_sent_is_noted(push, registry, tmp_path):
    """Something else under the same id is sent again, as the layers may differ."""
    record = tmp_path / "record.json"
    options = {"path": saved(tmp_path / "image.tar"), "record": str(record)}
    assert push(**options, _ansible_check_mode=True)["changed"]
    assert not record.exists()
    done = push(**options)
    manifest = registry.kept["/v2/library/busybox/manifests/1"]
    name = f"127.0.0.1:{registry.port}/library/busybox:1"
    assert json.loads(record.read_text()) == {name: digest(manifest)}
    assert (done["digest"], push(**options)["changed"]) == (digest(manifest), False)
    record.write_text("{}")
    assert push(**options)["changed"]
    assert json.loads(record.read_text()) == {name: digest(manifest)}


def test_second_tag_sends_no_layer(push, registry, tmp_path):
    path = saved(tmp_path / "image.tar")
    push(path)
    registry.log.clear()
    assert push(path, "library/busybox:2")["changed"]
    assert [entry for entry in registry.log if not entry.startswith(("HEAD", "GET"))] == [
        "PUT /v2/library/busybox/manifests/2"
    ]


def test_layer_that_is_compressed_goes_as_it_is(push, registry, tmp_path):
    layer = gzip.compress(LAYER)
    push(saved(tmp_path / "image.tar", layer))
    manifest = json.loads(registry.kept["/v2/library/busybox/manifests/1"])
    assert manifest["layers"][0] == {
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "digest": digest(layer),
        "size": len(layer),
    }


@pytest.mark.parametrize("nested", [False, True])
def test_layout_for_several_platforms(push, registry, tmp_path, monkeypatch, nested):
    monkeypatch.setattr(archive, "_ARCHITECTURES", dict.fromkeys(archive._ARCHITECTURES, "amd64"))
    push(
        laid_out(
            tmp_path / "image.tar", "linux/s390x", "linux/amd64", "unknown/unknown", nested=nested
        )
    )
    assert {value for key, value in registry.kept.items() if "/blobs/" in key} == {
        CONFIG,
        b"linux/amd64",
    }


def test_only_platform_is_taken(push, registry, tmp_path):
    push(laid_out(tmp_path / "image.tar", "linux/s390x"))
    assert b"linux/s390x" in registry.kept.values()


@pytest.mark.parametrize(
    ("make", "observed"),
    [
        (str, "No such file"),
        (lambda path: str(path.parent), "Is a directory"),
        (
            lambda path: str(path.write_bytes(b"no archive")) and str(path),
            "not a tar file, or is incomplete",
        ),
        (lambda path: pack(path, {}), "neither manifest.json nor index.json in it"),
        (lambda path: pack(path, {"manifest.json": b"[{"}), "manifest.json is not JSON"),
        (lambda path: saved(path, images=2), "2 images"),
        (
            lambda path: laid_out(path, "linux/one", "linux/two"),
            f"0 images for linux/{OURS} (2 in all)",
        ),
        (
            lambda path: pack(
                path,
                {"manifest.json": json.dumps([{"Config": "config.json", "Layers": []}]).encode()},
            ),
            "no file config.json in it",
        ),
    ],
    ids=[
        "absent",
        "folder",
        "text",
        "empty",
        "cut-json",
        "two-images",
        "other-platforms",
        "no-config",
    ],
)
def test_archive_that_is_none(push, registry, tmp_path, make, observed):
    result = push(make(tmp_path / "image.tar"))
    assert (result["failed"], result["changed"], registry.log) == (True, False, [])
    assert observed in result["observed"]
    assert str(tmp_path) in result["expected"]
    assert result["remedy"]


def test_archive_that_was_cut_off(push, tmp_path):
    whole = saved(tmp_path / "image.tar", LAYER * 100)
    (tmp_path / "cut.tar").write_bytes((tmp_path / "image.tar").read_bytes()[:100_000])
    assert whole
    assert "is incomplete" in push(str(tmp_path / "cut.tar"))["observed"]


@pytest.mark.parametrize(
    ("method", "status", "body", "observed"),
    [
        (
            "GET",
            401,
            b'{"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}',
            "wants other credentials",
        ),
        (
            "POST",
            405,
            b'{"errors": [{"code": "UNSUPPORTED", "message": "The operation is unsupported."}]}',
            "read-only",
        ),
        ("PUT", 507, b"<html>Insufficient Storage</html>", "has no room"),
        ("HEAD", 500, b"", "the registry itself failed"),
        ("PUT", 418, b"a teapot", "it answers '418 a teapot' to PUT http://127.0.0.1:"),
    ],
)
def test_registry_that_refuses(push, registry, tmp_path, method, status, body, observed):
    registry.refusal[method] = (status, body)
    result = push(saved(tmp_path / "image.tar"))
    assert result["failed"]
    assert observed in result["observed"]
    assert (
        "/v2/library/busybox/manifests/1" not in registry.kept
    )  # no tag without all that it needs


def test_something_else_that_listens(push, registry, tmp_path):
    registry.refusal["GET"] = (200, b"<html>Welcome</html>")
    result = push(saved(tmp_path / "image.tar"))
    assert (result["failed"], registry.kept) == (True, {})
    assert "not a manifest: '<html>Welcome" in result["observed"]


def test_no_registry(run_module, tmp_path):
    result = run_module(
        "archive_push",
        path=saved(tmp_path / "image.tar"),
        name="127.0.0.1:1/busybox",
        scheme="http",
    )
    assert "nothing answers at the registry's address" in result["observed"]
    assert "127.0.0.1:1" in result["remedy"]


def configured(architecture, **more):
    return json.dumps({"os": "linux", "architecture": architecture, **more}).encode()


def test_image_for_another_processor_is_refused(push, registry, tmp_path):
    """As somebody saves it on a machine of another kind: it would end in "exec format error"."""
    result = push(saved(tmp_path / "image.tar", config=configured(OTHER)))
    assert result["failed"]
    assert f"one for linux/{OTHER}" in result["msg"]
    assert "--platform linux/" in result["msg"]
    assert registry.kept == {}


@pytest.mark.parametrize(
    ("config", "platform"),
    [
        (configured(OTHER), f"linux/{OTHER}"),
        (configured("arm", variant="v7"), "linux/arm"),
        (configured("arm", variant="v7"), "linux/arm/v7"),
        (CONFIG, "linux/arm64"),
    ],
)
def test_image_for_the_platform_that_is_asked_for(push, tmp_path, config, platform):
    assert push(saved(tmp_path / "image.tar", config=config), platform=platform)["changed"]


@pytest.mark.parametrize("platform", ["linux/arm/v6", "linux/ar", "windows/arm", "linux/arm64"])
def test_another_variant_is_another_platform(push, tmp_path, platform):
    path = saved(tmp_path / "image.tar", config=configured("arm", variant="v7"))
    assert push(path, platform=platform)["failed"]
