#!/usr/bin/env bash
# Install from Debian what tests and benchmarks start: database servers, a browser, a Chinese font, wrk for load.
# Nothing where all of it is there.
# Nothing that this installs is left running: every test starts a server of its own and stops it.
set -euo pipefail

packages=(postgresql postgresql-15-postgis-3 mariadb-server chromium fonts-wqy-microhei wrk)

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ]; then
  echo "servers.sh: not installed: ${missing[*]}; run \`make servers\` as root" >&2
  exit 1
fi

# What a package's scripts ask before they start its service (invoke-rc.d); 101 says no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
elif "$policy" mariadb start >/dev/null 2>&1; then
  echo "servers.sh: $policy would let the servers start; move it away and run this again" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
