# busybox: one static program, and a hard link to it in /bin for each of its commands
version=$(package busybox-static)
binary=$(find "$root" -name busybox -type f -perm -u+x)
made=$(stat -c %Y "$binary")
rm -rf "$root/usr/share"
mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/root" "$root/home" "$root/var/spool/mail" "$root/var/www" "$root/usr/bin"
chmod 1777 "$root/tmp"
chmod 0700 "$root/root"
commands=$("$binary" --list)
for command in $commands; do
    [ "$command" = busybox ] || ln "$binary" "$root/bin/$command"
done
[ -e "$root/bin/busybox" ] || ln "$binary" "$root/bin/busybox"
ln "$binary" "$root/usr/bin/env"
echo root:x:0:0:root:/root:/bin/sh >"$root/etc/passwd"
echo root:x:0: >"$root/etc/group"
label="busybox $version from $PRETTY_NAME"
cmd='["sh"]'
