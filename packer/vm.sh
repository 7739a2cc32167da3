#!/bin/bash
#
# make test-vm: bakes a whole machine by Packer's qemu builder, boots it, asks
# it, looks at what systemd makes of nginx there (packer/booted.t), reboots it,
# and asks again.  Without KVM, and without a network but to this machine's own
# ports 8322 and 8443.
#
#     packer/vm.sh [DIST]
#
# It takes a quarter of an hour.  The disk has no boot loader: qemu is given
# kernel and initrd, and only they differ from an image of the cloud.

set -euo pipefail
cd "$(dirname "$0")/.."

dist=${1:-trixie}
vm=$PWD/build/vm
export CHECKPOINT_DISABLE=1 PACKER_CONFIG_DIR=$vm PACKER_CACHE_DIR=$vm/cache

die()
{
    echo "keyauth: $*" >&2
    exit 1
}


ok()
{
    echo "keyauth: ok: $*"
}


# a disk of the release as its cloud image is: admin by SSH, who may sudo
make_disk()
{
    local root=$vm/root

    rm -rf "$vm"
    mkdir -p "$vm"
    ssh-keygen -q -t ed25519 -N '' -f "$vm/id"

    # host, and what a machine of its own needs to boot
    packer/root.sh "$dist" vm >/dev/null
    mkdir "$root"
    tar -C "$root" -xf "build/roots/$dist-vm.tar" --exclude='./dev/*'

    cat > "$root/etc/systemd/network/80-dhcp.network" <<'END'
[Match]
Name=e*

[Network]
DHCP=yes
END

    # what cloud-init does at each first boot
    cat > "$root/etc/systemd/system/hostkeys.service" <<'END'
[Unit]
ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
Before=ssh.service

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
END

    echo '/dev/vda / ext4 defaults,noatime 0 1' > "$root/etc/fstab"
    echo keyauth > "$root/etc/hostname"
    printf '127.0.0.1 localhost keyauth\n' > "$root/etc/hosts"
    echo 'admin ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/admin"
    rm -f "$root/usr/sbin/policy-rc.d"

    chroot "$root" sh -ec '
        useradd -m -s /bin/bash admin
        mkdir -p -m 700 /home/admin/.ssh
        systemctl enable -q systemd-networkd hostkeys ssh'
    cp "$vm/id.pub" "$root/home/admin/.ssh/authorized_keys"
    chroot "$root" chown -R admin: /home/admin

    cp "$root"/boot/vmlinuz-* "$vm/vmlinuz"
    cp "$root"/boot/initrd.img-* "$vm/initrd.img"
    mke2fs -q -t ext4 -d "$root" -L root "$vm/disk.raw" 3G
    qemu-img convert -O qcow2 "$vm/disk.raw" "$vm/disk.qcow2"
    rm -rf "$root" "$vm/disk.raw"
}


bake()
{
    local sum

    sum=$(sha256sum "$vm/disk.qcow2")

    packer build -color=false -only=qemu.keyauth -var vm="$vm" \
        -var vm_checksum="sha256:${sum%% *}" -var debs="build/deb/$dist" \
        -var ssh_private_key_file="$vm/id" -var agents=false \
        packer/keyauth.pkr.hcl
}


# the baked disk holds no key: systemd takes one from the machine's firmware
boot()
{
    local key

    key=$(base64 -w 0 "$vm/id.pub")

    qemu-system-x86_64 -accel tcg -m 1024 -display none \
        -kernel "$vm/vmlinuz" -initrd "$vm/initrd.img" \
        -append 'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet' \
        -drive "file=$vm/baked/keyauth.qcow2,if=virtio,cache=unsafe" \
        -nic "user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:8322-:22,\
hostfwd=tcp:127.0.0.1:8443-:443" -device virtio-rng-pci \
        -smbios "type=11,value=io.systemd.credential.binary:\
ssh.authorized_keys.root=$key" -monitor none \
        -serial "file:$vm/boot.log" -daemonize -pidfile "$vm/pid"
}


# for $limit seconds at most: a machine that goes down leaves ssh waiting
inside()
{
    timeout "${limit:-600}" ssh -q -i "$vm/id" -p 8322 \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
        -o ConnectTimeout=5 root@127.0.0.1 "$@"
}


# until it answers, or for five minutes
wait_for()
{
    local end=$((SECONDS + 300)) limit=20

    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || die "$* does not come: see $vm/boot.log"
        kill -0 "$(cat "$vm/pid")" 2>/dev/null || die "the machine has ended"
        sleep 1
    done
}


boot_id()
{
    inside cat /proc/sys/kernel/random/boot_id
}


# it has booted since it had the boot_id $1
rebooted()
{
    local now

    now=$(boot_id) && [ "$now" != "$1" ]
}


serves()
{
    wait_for inside systemctl is-active nginx
    ok "systemd has started nginx ($SECONDS s)"

    KEYAUTH_API_KEY=$key cloudformation/smoke_test.py \
        https://127.0.0.1:8443 --insecure --wait 60 --timeout 30 \
        --golden "$vm/golden.json" || die "its answers are wrong"
    ok "predictions are answered, and right"
}


stop()
{
    [ ! -e "$vm/pid" ] || kill "$(cat "$vm/pid")" 2>/dev/null || true
    rm -f "$vm/pid"
}


[ "$(id -u)" = 0 ] || die "make test-vm requires root, for chroot"
packer/deb.sh "$dist"

make_disk
ok "a disk of $dist is made ($SECONDS s)"
bake
ok "the machine is baked ($SECONDS s)"

trap stop EXIT
boot
wait_for inside true

inside systemctl is-system-running --wait >/dev/null || true
state=$(inside systemctl is-active nginx || true)
[ "$state" = inactive ] || die "nginx is $state before it has a key"
ok "it has booted ($SECONDS s), and waits for a key"

key=$(inside keyauth key new smoke --file /etc/keyauth/api-keys \
      | grep -o '^keyauth_[^ ]*')
inside systemctl start nginx
inside cat /etc/keyauth/keyauth.model > "$vm/keyauth.model"
cloudformation/smoke_test.py --make "$vm/keyauth.model" \
    --keyauth build/keyauth > "$vm/golden.json"
serves

inside perl < packer/booted.t || die "systemd does not do as it should"
ok "systemd runs nginx as conf/systemd has it"

before=$(boot_id)
inside systemctl reboot 2>/dev/null || true
wait_for rebooted "$before"
serves
[ -n "$(inside journalctl -q -b -1 -n 1)" ] || die "the journal was not kept"
ok "it survives a reboot, and so does its journal"
