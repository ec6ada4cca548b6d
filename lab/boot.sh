#!/bin/sh
# One boot of one host. Ends when the host does: 133 it wants to be booted again, 0 powered off, anything else: it was cut short.
# Usage: boot.sh NETNS CGROUP COMMAND...
set -eu
netns=$1
cgroup=$2
shift 2
uptime=$(cut -d. -f1 /proc/uptime)
# shellcheck disable=SC2016 # the inner shell expands them
# A time namespace of its own, so that uptime and the boot list of journalctl begin at this boot.
exec nsenter "--net=/run/netns/$netns" unshare --mount --propagation private \
  unshare --time --fork "--boottime=-$uptime" "--monotonic=-$uptime" \
  sh -c 'mount -t sysfs sysfs /sys && mount -t cgroup2 cgroup2 /sys/fs/cgroup && echo $$ >"$1/cgroup.procs" && shift && exec "$@"' \
  sh "$cgroup" "$@"
