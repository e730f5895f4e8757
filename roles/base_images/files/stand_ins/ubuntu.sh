# ubuntu: the machine's own release, no larger than apt needs, with the machine's sources
fetch "$work/packages" '?essential' apt $(apt-cache pkgnames usr-is-merged)
unpack "$root" "$work"/packages/*.deb
made=$(newest "$root")

# As in ubuntu:22.04: documentation stays out, services do not start, and dpkg does not wait for the disk.
cat >"$root/etc/dpkg/dpkg.cfg.d/excludes" <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/groff/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/lintian/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
END
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/docker-apt-speedup"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 0755 "$root/usr/sbin/policy-rc.d"

# Once more, now with their scripts. Those of all packages count on the first two.
: >"$root/var/lib/dpkg/status"
mv "$work"/packages/*.deb "$root/tmp"
inside "$root" sh -euc 'dpkg --install --force-depends /tmp/base-passwd_*.deb /tmp/base-files_*.deb; dpkg --install --force-depends /tmp/*.deb'
slim "$root"

cp "$work/sources.list" "$root/etc/apt/sources.list"
rm -f "$root"/etc/apt/sources.list.d/*
# Packages that are only recommended stay out: with python3-pip that would be a compiler. Nothing that is downloaded is kept.
cat >"$root/etc/apt/apt.conf.d/stand-in" <<'END'
APT::Install-Recommends "false";
APT::Keep-Downloaded-Packages "false";
DPkg::Post-Invoke {"rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin";};
END
# The machine's proxy, unless it asks for a password, or is the machine itself
for scheme in http https; do
    proxy=$(apt-config dump --format '%v' "Acquire::$scheme::Proxy")
    case $proxy in
        '' | DIRECT | *@* | *//localhost* | *//127.* | *//\[::1\]*) ;;
        *) echo "Acquire::$scheme::Proxy \"$proxy\";" >>"$root/etc/apt/apt.conf.d/stand-in" ;;
    esac
done

label="$PRETTY_NAME"
cmd='["/bin/bash"]'
# pip is to trust whom the machine trusts, and to install into the system as in ubuntu:22.04 (newer releases refuse: PEP 668).
env=', "PIP_CERT=/etc/ssl/certs/ca-certificates.crt", "PIP_BREAK_SYSTEM_PACKAGES=1"'
