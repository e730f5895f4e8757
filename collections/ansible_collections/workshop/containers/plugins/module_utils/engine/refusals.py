# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise why a registry, or the network on the way to it, refused, from the engine's words.

The engine has no codes for it. The words are those of Go's network and TLS packages, of
https://distribution.github.io/distribution/spec/api/#errors-2 and, for quotas, of Harbor, Quay,
GitLab and reverse proxies.
"""

from __future__ import annotations

import re
from enum import Enum


class Refusal(Enum):
    """A kind of failure: its words, the pattern by which it is known, what to do.

    The first that matches counts.
    """

    PROXY = (
        "the proxy between this machine and the registry wants a login, or cannot be used",
        r"proxy authentication required|\b407\b|proxyconnect",
        "correct the engine's proxy (docker_engine_proxy of the role docker_engine), or except "
        "REGISTRY from it with no_proxy",
    )
    RATE = (
        "the registry limits its requests, and the limit is reached",
        r"toomanyrequests|too many requests|\b429\b|rate limit",
        "wait for a while, log in (`docker login REGISTRY`) or use a mirror, then run again",
    )
    DISK = (
        "the disk of this machine is full",
        r"(?:write|mkdir|open|create|fsync|copy_file_range|symlink|link|rename) /\S*: no space "
        r"left on device|ENOSPC",
        "free some space (`docker system df` shows what the engine holds), then run again",
    )
    PLATFORM = (
        "the image is for another kind of processor than this machine has",
        r"no matching manifest for|does not match the specified platform|exec format error",
        "use an image that is built for this machine",
    )
    QUOTA = (
        "the registry has no room for the image, or limits its size",
        r"quota|insufficient storage|\b507\b|\b413\b|too large|no space left|"
        r"will exceed the configured upper limit",
        "remove what is not needed from REGISTRY or have the limit raised, then run again",
    )
    CLOCK = (
        "the registry's certificate is not valid at this machine's time",
        r"certificate has expired or is not yet valid",
        "compare `date` with the true time (on WSL: `hwclock -s`), else have the certificate of "
        "REGISTRY renewed",
    )
    UNKNOWN_AUTHORITY = (
        "the registry's certificate is signed by an authority that this machine does not know",
        r"certificate signed by unknown authority|self.signed certificate",
        "put the certificate of its authority at /etc/docker/certs.d/REGISTRY/ca.crt, then run "
        "again; the engine need not be restarted",
    )
    PLAIN_HTTP = (
        "the registry speaks HTTP without TLS",
        r"server gave HTTP response to HTTPS client|first record does not look like a TLS "
        r"handshake",
        "give REGISTRY a certificate, or name the port at which it has one",
    )
    TLS = (
        "the TLS connection to the registry failed",
        r"x509:|tls:|remote error: |certificate",
        "see that the certificate of REGISTRY is for that name and that both sides have a TLS "
        "version in common",
    )
    UNKNOWN_HOST = (
        "the name of the registry does not resolve",
        r"no such host|server misbehaving|name resolution|lookup \S+ on \S+:",
        "correct the name REGISTRY, or see that DNS works here (`getent hosts NAME`); is the "
        "machine offline?",
    )
    UNAUTHORIZED = (
        "the registry wants other credentials",
        r"no basic auth credentials|unauthorized|\b401\b|authentication required|incorrect "
        r"username or password",
        "log in with a name and password that the registry knows (`docker login REGISTRY`), then "
        "run again",
    )
    READ_ONLY = (
        "the registry takes no images: it is read-only or a mirror of another one",
        r"\bunsupported\b|\b405\b|read.?only",
        "push to another registry than REGISTRY, or have it opened for writing",
    )
    DENIED = (
        "the registry does not let this user write there",
        r"denied|forbidden|\b403\b|insufficient_scope|insufficient scope",
        "push below a path that is yours, or have the right given to you at REGISTRY",
    )
    UNKNOWN_IMAGE = (
        "the registry does not have it",
        r"manifest unknown|name unknown|not known to registry|manifest for \S+ not found|not "
        r"found|\b404\b",
        "correct the name",
    )
    SERVER = (
        "the registry itself failed, for example on a full disk",
        r"unexpected HTTP status: 5\d\d|\b50[0-4]\b|internal server error|bad gateway|unknown: "
        r"unknown error",
        "look into the log and at the free space of REGISTRY, then run again",
    )
    UNREACHABLE = (
        "nothing answers at the registry's address",
        r"connection refused|no route to host|network is unreachable|connect: |dial tcp",
        "see that the registry runs and listens at REGISTRY (`curl -i https://REGISTRY/v2/`), "
        "then run again",
    )
    BROKEN_OFF = (
        "the connection to the registry broke off",
        r"\bEOF\b|reset by peer|broken pipe|timeout|deadline exceeded|connection closed|closed "
        r"network connection|use of closed",
        "see that REGISTRY runs and what lies between, then run again: layers that arrived are "
        "not sent again",
    )

    def __init__(self, words: str, pattern: str, remedy: str) -> None:
        self.words = words
        self.pattern = re.compile(pattern, re.IGNORECASE)
        self.remedy = remedy


# Addresses, references and names of hosts: a repository may be called anything.
_NAMES = re.compile(
    r"https?://[^\s\"]+|(?<=manifest for )\S+|[\w.-]+(?::\d+)?/[\w./-]+(?:[:@][\w.:-]+)?"
    r"|\b(?!Client\.Timeout)(?:[\w-]+\.)+[A-Za-z]{2,}\b(?::\d+)?"
)

# Kinds that a machine without internet meets
LOST_WAYS = (Refusal.UNKNOWN_HOST, Refusal.UNREACHABLE, Refusal.BROKEN_OFF)


def refusal(text: str) -> Refusal | None:
    """The kind of failure that the engine's words mean; None if they are unknown."""
    words = _NAMES.sub("NAME", text)
    return next((each for each in Refusal if each.pattern.search(words)), None)
