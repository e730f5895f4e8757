# ubuntu: the machine's own release, as small as apt lets it be. pip gets the machine's authorities, and, where a newer release forbids
# it, the permission to install into the system (PEP 668), which ubuntu:22.04 gives.
distribution ca-certificates
label="$PRETTY_NAME in place of $name"
cmd='["/bin/bash"]'
env=', "PIP_CERT=/etc/ssl/certs/ca-certificates.crt", "PIP_BREAK_SYSTEM_PACKAGES=1"'
