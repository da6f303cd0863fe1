# Makes $1 engines into one Swarm, each in its own network namespace, on a bridge that the guest's network card is plugged into:
# the machine outside reaches every node. Sent over the wire with its arguments: $1 how many, $2 the network's first three numbers.
set -euo pipefail
count=$1 subnet=$2

modprobe -a virtio_net bridge veth vxlan overlay br_netfilter ip_vs ip_vs_rr xt_ipvs
# Namespaces take this over when they are made. Engines set it where they live, but not where they let IPVS answer.
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link add nodes type bridge
ip link set nodes up
for _ in $(seq 100); do [ -e /sys/class/net/eth0 ] && break; sleep 0.05; done
ip link set eth0 master nodes up

# A name server that refuses at once, and no way out: an engine that waits for a registry's name starts its tasks late.
echo 'nameserver 127.0.0.1' > /etc/resolv.conf

node() {
  local n=$1
  ip netns add "n$n"
  ip link add "v$n" type veth peer name eth0 netns "n$n"
  ip link set "v$n" master nodes up
  ip -n "n$n" addr add "$subnet.$n/24" dev eth0
  ip -n "n$n" link set lo up
  ip -n "n$n" link set eth0 up
  mkdir -p "/nodes/n$n"
  printf '127.0.0.1 localhost\n%s node%s\n' "$subnet.$n" "$n" > "/nodes/n$n/hosts"
  # /run is the node's own: engines keep fixed names there that are equal on all nodes of a Swarm.
  # /sys is mounted anew, so that it shows this namespace's devices.
  # crun starts in a fraction of runc's time, and every health check starts it.
  setsid nsenter --net="/run/netns/n$n" unshare --mount --uts --propagation private bash -c '
    hostname "node$1"
    mount -t sysfs sysfs /mnt
    mount --rbind /sys/fs/cgroup /mnt/fs/cgroup
    mount --move /mnt /sys
    mount -t tmpfs tmpfs /run
    mkdir -p /run/netns /run/lock
    mount --bind "/nodes/n$1/hosts" /etc/hosts
    exec dockerd -H "unix:///nodes/n$1/docker.sock" -H unix:///var/run/docker.sock --data-root "/nodes/n$1/data" \
      --pidfile /run/docker.pid --exec-root /run/docker --cgroup-parent "/node$1" --exec-opt native.cgroupdriver=cgroupfs \
      --storage-driver overlay2 --add-runtime crun=/usr/bin/crun --default-runtime crun --log-level warn
  ' - "$n" > "/nodes/n$n/log" 2>&1 < /dev/null &
}

# Asked with curl: starting the docker client takes most of a second here.
answers() { curl -sf -m 5 --unix-socket "/nodes/n$1/docker.sock" http://engine/_ping > /dev/null; }

for n in $(seq "$count"); do node "$n"; done
for n in $(seq "$count"); do
  for _ in $(seq 400); do answers "$n" && continue 2; sleep 0.3; done
  echo "the engine of node$n does not answer: $(tail -n 5 "/nodes/n$n/log")" >&2
  exit 1
done

on() { local n=$1; shift; docker -H "unix:///nodes/n$n/docker.sock" "$@"; }
on 1 swarm init --advertise-addr "$subnet.1" > /dev/null
token=$(on 1 swarm join-token -q worker)
for n in $(seq 2 "$count"); do on "$n" swarm join --advertise-addr "$subnet.$n" --token "$token" "$subnet.1:2377" > /dev/null; done
