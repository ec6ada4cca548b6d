#!/usr/bin/env bash
# The one door: from a fresh clone on Debian 12 or 13 to the package, the demo and the proofs.
#
#   ./build.sh        make proxroll_<version>_all.deb
#   ./build.sh demo   a whole rolling run on the embedded simulated cluster, watched live
#   ./build.sh test   everything: types, lint, unit and simulated tests, package, lab
#   ./build.sh lab    the lab alone: booted hosts with real apt, ssh, systemd and reboots (needs root)
#
# What is missing on the machine is installed when this runs as root, and otherwise named (exit 2).
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export LC_ALL=C.UTF-8 NO_COLOR=1

logs=build/logs
version=$(sed -n '1s/^[^(]*(\([^)]*\)).*/\1/p' debian/changelog)
deb=proxroll_${version}_all.deb

say() { printf '%s\n' "$*"; }

# Packages for what is not there: pairs of a program and the package that brings it.
need() {
  local missing=() program package
  for pair in "$@"; do
    program=${pair%%=*} package=${pair#*=}
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || missing+=("$package")
  done
  if ((${#missing[@]} > 0)); then
    if ((EUID != 0)); then
      say "missing on this machine: ${missing[*]}" >&2
      say "as root: apt-get install --no-install-recommends ${missing[*]}" >&2
      exit 2
    fi
    say "installing ${missing[*]}"
    logged apt install_packages "${missing[@]}" || exit 2
  fi
  if ! node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 18 || (major === 18 && minor >= 19) ? 0 : 1)'; then
    say "Node.js $(node --version) is too old: 18.19 or newer is needed" >&2
    exit 2
  fi
}

install_packages() {
  # What a test needs as a program must not begin to listen as a service, now or at the next boot.
  local policy=/usr/sbin/policy-rc.d made='' status=0
  export DEBIAN_FRONTEND=noninteractive
  if [[ ! -e $policy ]]; then
    made=$policy
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  fi
  { apt-get -q -o DPkg::Lock::Timeout=300 update &&
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"; } || status=$?
  [[ -z $made ]] || rm -f "$made"
  for package in "$@"; do
    [[ $package != prometheus* ]] || systemctl disable "$package.service" || true
  done
  return "$status"
}

for_node=(node=nodejs npm=npm)
for_package=("${for_node[@]}" dpkg-buildpackage=dpkg-dev dh=debhelper lintian=lintian)
# A browser for the report, a terminal for the live view, the other shell for its completion.
for_tests=("${for_package[@]}" chromium=chromium tmux=tmux zsh=zsh
  openssl=openssl curl=curl promtool=prometheus prometheus-node-exporter=prometheus-node-exporter)
for_lab=("${for_package[@]}" ip=iproute2 ssh=openssh-client unshare=util-linux)

# Runs a command or function with its output in build/logs/<name>.log, and shows the end of it when it fails.
# bash forgets `set -e` in whatever is called this way: the functions below chain their commands with && instead.
logged() {
  local name=$1 status=0
  shift
  mkdir -p "$logs"
  ("$@") >"$logs/$name.log" 2>&1 </dev/null || status=$?
  if ((status != 0)); then
    say "$name failed (exit $status); the end of $logs/$name.log:" >&2
    tail -n 60 "$logs/$name.log" | sed 's/^/  | /' >&2
  fi
  return "$status"
}

# The libraries of the lock file, without their install scripts: none is needed, and ssh2's would look for a compiler.
libraries() {
  local now
  now=$(sha256sum package-lock.json | cut -d ' ' -f 1)
  if [[ ! -d node_modules || $(cat build/libraries 2>/dev/null) != "$now" ]]; then
    say 'fetching the libraries of package-lock.json'
    logged npm npm ci --ignore-scripts --no-audit --no-fund || exit 1
    printf '%s' "$now" >build/libraries
  fi
}

# Builds the package in a copy of the tree under $1, so that nothing but the package is left behind here.
package_in() {
  local tree=$1/proxroll-$version
  rm -rf "$1" && mkdir -p "$tree" &&
    cp -r --preserve=mode,links CHANGELOG.md LICENSE README.md debian docs esbuild.config.mjs etc package.json share src systemd tsconfig.json "$tree" &&
    ln -s "$PWD/node_modules" "$tree/node_modules" &&
    # -d: what the build needs was looked for above, and Node.js may have come from elsewhere than dpkg.
    (cd "$tree" && dpkg-buildpackage -us -uc -b -d)
}

package() {
  package_in build/package &&
    cp "build/package/$deb" "$deb"
}

check_package() {
  package &&
    lintian --allow-root --fail-on error,warning "build/package/proxroll_${version}_"*.changes &&
    # Once more, elsewhere, as somebody else would have it.
    (umask 027 && export TZ=Asia/Tokyo LC_ALL=C && package_in build/once/more) &&
    cmp "build/package/$deb" "build/once/more/$deb" &&
    say 'built twice, byte for byte the same'
}

check_types() { node_modules/.bin/tsc --noEmit; }

check_style() {
  local status=0
  node_modules/.bin/eslint . || status=1
  node_modules/.bin/prettier --check . || status=1
  if command -v shellcheck >/dev/null; then shellcheck build.sh .ci/run || status=1; fi
  return "$status"
}

unit_tests() {
  local files
  mapfile -t files < <(find test -name '*.test.ts' | sort)
  # One that hangs must be told of, and not take the whole time that there is.
  timeout --kill-after=1m 30m node --import tsx --test --test-reporter=spec --test-concurrency="$(nproc)" "${files[@]}"
}

# Always the same seeds and the same places; more with: npm run seeds -- 10000, npm run sweep
some_seeds() { npm run --silent seeds -- 400; }
some_of_the_sweep() { npm run --silent sweep -- --sample 5; }

lab() { node --import tsx lab/index.ts prove "$deb"; }

# The lab takes minutes and ends with its proof: shown as it goes.
lab_live() {
  mkdir -p "$logs"
  lab 2>&1 </dev/null | tee "$logs/lab.log"
}

results=()
failed_phases=()

phase() {
  local name=$1 how=$2 begin=$EPOCHREALTIME outcome=ok seconds
  shift 2
  say "$name ..."
  if [[ $how == live ]]; then "$@" || outcome=FAILED; else logged "$name" "$@" || outcome=FAILED; fi
  seconds=$(awk -v from="$begin" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }')
  [[ $outcome == ok ]] || failed_phases+=("$name")
  results+=("$(printf '%-8s %8s s  %s' "$name" "$seconds" "$outcome")")
}

left_out() {
  results+=("$(printf '%-8s %8s    %s' "$1" - "left out: $2")")
  say "$1 left out: $2"
}

# Adds up what Node's test runner counted, in the logs that carry such counts.
counted() {
  find "$logs" '(' -name tests.log -o -name lab.log ')' -exec sed -nE "s/^(ℹ|#) $1 ([0-9]+)\$/\2/p" {} + | awk '{ sum += $1 } END { print sum + 0 }'
}

# What failed, by name, once more where nobody has to look for it.
failed_tests() {
  find "$logs" -name tests.log -exec sed -nE '/failing tests:/,$ { /failing tests:/d; s/^✖ /  failed: /p }' {} +
}

test_everything() {
  rm -f "$logs"/*.log
  phase types quiet check_types
  phase lint quiet check_style
  phase tests quiet unit_tests
  phase seeds quiet some_seeds
  phase sweep quiet some_of_the_sweep
  phase package quiet check_package
  if ((EUID != 0)); then
    if [[ ${CI:-} == true ]]; then
      left_out lab 'it boots hosts and needs root; under CI=true that is a failure'
      failed_phases+=(lab)
    else
      left_out lab 'it boots hosts and needs root'
    fi
  elif [[ " ${failed_phases[*]} " == *' package '* ]]; then
    left_out lab 'there is no package to install'
  else
    phase lab live lab_live
  fi
  local passed failed
  passed=$(counted pass)
  # A phase that counts no tests, or broke before it could, is one failure.
  failed=$(counted fail)
  for name in "${failed_phases[@]}"; do
    [[ $name == tests && $failed -gt 0 ]] || failed=$((failed + 1))
  done
  say ''
  printf '  %s\n' "${results[@]}"
  say ''
  [[ ! -f $deb ]] || say "$deb: $(stat -c %s "$deb") bytes"
  failed_tests
  say "$passed passed, $failed failed"
  ((${#failed_phases[@]} == 0))
}

usage() { sed -n '2,9s/^# \{0,1\}//p' build.sh; }

case ${1:-package} in
  package)
    need "${for_package[@]}"
    libraries
    logged package package || exit 1
    say "$deb: $(stat -c %s "$deb") bytes"
    ;;
  demo)
    shift
    need "${for_node[@]}"
    libraries
    logged bundle node esbuild.config.mjs || exit 1
    exec node dist/proxroll.mjs demo "$@"
    ;;
  test)
    if ((EUID == 0)); then need "${for_tests[@]}" "${for_lab[@]}"; else need "${for_tests[@]}"; fi
    libraries
    test_everything
    ;;
  lab)
    if ((EUID != 0)); then
      say 'the lab boots hosts and needs root' >&2
      exit 2
    fi
    need "${for_lab[@]}"
    libraries
    logged package package || exit 1
    lab
    ;;
  help | -h | --help) usage ;;
  *)
    usage >&2
    exit 2
    ;;
esac
