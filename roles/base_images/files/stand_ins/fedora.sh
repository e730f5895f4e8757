# fedora: the machine's own release with dnf and rpm, and, inside the image, a repository of the three packages that the lessons install.
# They are the distribution's, as RPMs; what is in them is not in the image itself, as it is not in fedora:35.
distribution ca-certificates createrepo-c dnf rpm
repository=/usr/share/lab-repository
mkdir -p "$root$repository" "$root/etc/yum.repos.d" "$root/etc/dnf/vars"
printf '[lab]\nname=Packages of the lab\nbaseurl=file://%s\ngpgcheck=0\n' "$repository" >"$root/etc/yum.repos.d/lab.repo"
echo "${name#*:}" >"$root/etc/dnf/vars/releasever"

# as_rpm NAME DEB...: the files of these packages as one RPM in the repository
as_rpm() {
    into=$root/build/root
    mkdir -p "$into"
    rpm=$1
    shift
    for deb in "$@"; do version=$(package "$deb"); done
    if [ "$rpm" = which ]; then # of the package it comes in, only the command
        mkdir "$root/build/all" && mv "$into"/* "$root/build/all"
        mkdir -p "$into/usr/bin" "$into/usr/share/doc/which"
        mv "$root"/build/all/usr/bin/which* "$into/usr/bin/which" && mv "$root"/build/all/usr/share/doc/* "$into/usr/share/doc/which/"
    fi
    (cd "$into" && find . -not -type d | sort) >"$work/files"
    cat "$work/files" >>"$work/not-in-the-image"
    cat >"$root/build/spec" <<END
Name: $rpm
Version: $(echo "$version" | sed 's/^[0-9]*://; s/-/./g')
Release: 1
Summary: $rpm of $PRETTY_NAME
License: see /usr/share/doc
AutoReqProv: no
%description
The distribution's own package, for dnf.
%install
cp -a /build/root/. %{buildroot}
%files
$(sed 's|^[.]\(.*\)|"\1"|; s|^"/usr/share/\(doc\|info\|man\)/|%doc &|' "$work/files")
END
    chroot "$root" rpmbuild --quiet -bb --define '__os_install_post %{nil}' --define "_rpmdir $repository" --define '_topdir /build' \
        --define 'use_source_date_epoch_as_buildtime 1' --define '_buildhost lab' /build/spec >&2
    rm -r "$root/build"
    into=
}
as_rpm findutils findutils
as_rpm procps procps "$(apt-cache depends procps | sed -n 's/.*Depends: \(libproc.*\)/\1/p')"
as_rpm which debianutils
chroot "$root" createrepo_c --quiet --set-timestamp-to-revision --revision "$made" "$repository"
(cd "$root" && xargs -d '\n' rm -f) <"$work/not-in-the-image"

label="$PRETTY_NAME with dnf, in place of $name"
cmd='["/bin/bash"]'
