#!/bin/sh
# Runs the tests of network faults in a virtual machine whose kernel has netem, and nf_tables' own queue expression, as modules:
# for machines whose own kernel lacks them. Debian only, without root.
#   apt install qemu-system-x86 busybox-static cpio kmod
# Argument: the tests to run, as a pattern of `go test -run`; or `bench`, for the figures of accuracy and cost there. ACCELERATOR=kvm is faster where it works, with CPU=kvm64 if need be.
set -eu
cd "$(dirname "$0")"
tests=${1:-.}

work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root/bin" "$root/sbin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" "$root/run"

package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image/ { print $2 }')
(cd "$work" && apt-get download -qq -o APT::Sandbox::User=root "$package" && dpkg-deb --extract ./*.deb kernel)
release=$(ls "$work/kernel/lib/modules")
modules=lib/modules/$release
mkdir -p "$root/$modules/kernel"
for part in net lib crypto drivers/net/veth.ko; do
  mkdir -p "$(dirname "$root/$modules/kernel/$part")"
  cp -r "$work/kernel/$modules/kernel/$part" "$root/$modules/kernel/$part"
done
cp "$work/kernel/$modules"/modules.order "$work/kernel/$modules"/modules.builtin* "$root/$modules"
/sbin/depmod --basedir "$root" "$release"

CGO_ENABLED=0 go test -c -o "$root/agent.test" .
CGO_ENABLED=0 go build -o "$root/bench" ./bench
CGO_ENABLED=0 go build -o "$root/squall-agent" .
cp /bin/busybox "$root/bin/busybox"
for name in sh mount poweroff uname; do ln -s busybox "$root/bin/$name"; done
ln -s /bin/busybox "$root/sbin/modprobe"
cat > "$root/init" <<'INIT'
#!/bin/sh
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
export PATH=/bin:/sbin HOME=/tmp
echo "kernel $(uname -r)"
RUN
poweroff -f
INIT
if [ "$tests" = bench ]; then
  run='/bench --agent /squall-agent --mechanisms netem,nfqueue \&\& echo "the tests passed"'
else
  run="/agent.test -test.v -test.run '$tests' -test.skip 'Stress|Load|Process|Pause' \\&\\& echo \"the tests passed\""
fi
sed -i "s#^RUN\$#$run#" "$root/init"
chmod 755 "$root/init"
(cd "$root" && find . | cpio --create --format newc --quiet | gzip -1) > "$work/initramfs"

qemu-system-x86_64 -accel "${ACCELERATOR:-tcg}" -cpu "${CPU:-max}" -smp 2 -m 1024 -nographic -no-reboot -nic none \
  -kernel "$work/kernel/boot/vmlinuz-$release" -initrd "$work/initramfs" \
  -append "console=ttyS0 quiet panic=-1" | tee "$work/output"
grep -q '^the tests passed' "$work/output"
