#!/bin/sh
# The first process inside the lab's namespaces: mounts what hosts need without leaving a folder on the machine, then becomes the lab.
# Usage: inside.sh RUN COMMAND...
set -eu
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/systemd
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p "/sys/fs/cgroup/$1/lab"
echo $$ >"/sys/fs/cgroup/$1/lab/cgroup.procs"
shift
exec "$@"
