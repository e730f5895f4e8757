# fedora: dnf and rpm on the machine's own release, with a repository inside the image that holds what the lessons install
repository=/usr/share/stand-in
fetch "$work/packages" base-files base-passwd bash coreutils dnf grep libc-bin ncurses-base rpm sed
cp -al "$work/packages" "$work/tools"
fetch "$work/tools" createrepo-c debianutils findutils gzip libmagic-mgc procps tar
# Nobody misses here what only apt and dpkg need, nor gpg, for dnf trusts its one repository.
for unwanted in adduser debconf dirmngr dpkg gnupg gpg init-system-helpers libpam libperl login mawk passwd perl pinentry sqlite3 sysvinit-utils \
    usr-is-merged usrmerge; do
    rm -f "$work"/*/"$unwanted"[-_.0-9]*.deb
done
# What the lessons install is not to be there before.
rm -f "$work"/packages/debianutils_* "$work"/packages/findutils_* "$work"/packages/libmagic-mgc_* "$work"/packages/procps_*

unpack "$root" "$work"/packages/*.deb
made=$(newest "$root")
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
ln -sf bash "$root/usr/bin/sh"

# Compiled once, by content: the times of files do not survive in the image.
inside "$root" sh -euc 'ldconfig; python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3*'

# A copy that has more, to build RPMs in, of what lies in its /parts
bench=$work/bench
cp -al "$root" "$bench"
for deb in "$work"/tools/*.deb; do
    [ -e "$work/packages/${deb##*/}" ] || unpack "$bench" "$deb"
done
unpack "$bench/parts" "$work"/tools/findutils_* "$work"/tools/procps_* "$work"/tools/libproc*
# One command out of many. Newer releases leave its plain name to a link that is made at installation.
unpack "$work/which" "$work"/tools/debianutils_*
which=$(cd "$work/which/usr" && echo bin/which*)
cp -p "$work/which/usr/$which" "$bench/parts/usr/bin/which"
cp -p "$work/which/usr/share/man/man1/${which#bin/}.1.gz" "$bench/parts/usr/share/man/man1/which.1.gz"
cp -a "$work/which/usr/share/doc/debianutils" "$bench/parts/usr/share/doc/which"

# version NAME FILE: the version of a package, as rpmbuild takes it
version() { dpkg-deb --field "$2" Version | sed "s/^[0-9]*://; /-/!s/\$/-0/; s/^\(.*\)-\(.*\)/--define=$1_version \1\n--define=$1_release \2/"; }
cp "$here/fedora.spec" "$bench/spec"
{
    version findutils "$work"/tools/findutils_*
    version procps "$work"/tools/procps_*
    version which "$work"/tools/debianutils_*
} >"$bench/versions"
inside "$bench" sh -euc "
    xargs -d '\\n' rpmbuild -bb --define='_rpmdir $repository' /spec </versions
    touch --date=@$made $repository/*/*.rpm
    createrepo_c --no-database --revision=$made --set-timestamp-to-revision $repository
"
mkdir -p "$root/etc/rpm" "$root/etc/yum.repos.d" "$root/etc/dnf/vars"
cp -r "$bench$repository" "$root$repository"
cat >"$root/etc/yum.repos.d/stand-in.repo" <<END
[stand-in]
name=Packages of $PRETTY_NAME, inside this image
baseurl=file://$repository
gpgcheck=0
END
echo "${name#*:}" >"$root/etc/dnf/vars/releasever"
echo '%_dbpath /var/lib/rpm' >"$root/etc/rpm/macros.stand-in" # Debian keeps it in the home folder
slim "$root"

label="$PRETTY_NAME with dnf $(dpkg-deb --field "$work"/packages/dnf_*.deb Version)"
cmd='["/bin/bash"]'
