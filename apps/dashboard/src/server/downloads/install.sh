#!/bin/sh
# Installs the Pinhole agent on this machine, or upgrades it, from this dashboard alone.
#
#   printf %s 'phk_...' | sudo sh -c "$(curl -fsSL @URL@/install.sh)"
#
# The token comes on standard input, or from the file named by PINHOLE_TOKEN_FILE; it is in no argument and no URL.
# Without a token the program is installed or upgraded, and nothing else. `pinhole uninstall` removes everything.
set -eu

# Everything is inside main, so that a download that was cut off is a syntax error and runs nothing.
main() {

start_with_systemd() {
  cat >/etc/systemd/system/pinhole.service <<UNIT
[Unit]
Description=Pinhole agent
After=network-pre.target NetworkManager.service systemd-resolved.service
Wants=network-pre.target
StartLimitIntervalSec=0

[Service]
ExecStart=$prefix/bin/node --v8-pool-size=1 --max-semi-space-size=2 --optimize-for-size --no-node-snapshot --expose-gc $prefix/lib/pinhole.js up --foreground --state-dir $state
Restart=on-failure
RestartSec=2
UMask=0077
NoNewPrivileges=yes
ProtectHome=yes
PrivateTmp=yes

[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  if [ -n "$token" ]; then
    printf %s "$token" | "$prefix/bin/pinhole" up --enroll-only --server "$url" --token - --state-dir "$state"
  fi
  if [ -f "$state/enrollment.json" ]; then
    systemctl enable pinhole.service >/dev/null 2>&1
    systemctl restart pinhole.service
    say "Running as pinhole.service. See: pinhole status"
  else
    say_next
  fi
}

start_by_hand() {
  if [ -n "$token" ]; then
    [ -z "$was_running" ] || "$prefix/bin/pinhole" down --state-dir "$state" >/dev/null
    printf %s "$token" | "$prefix/bin/pinhole" up --server "$url" --token - --state-dir "$state"
  elif [ -n "$was_running" ]; then
    "$prefix/bin/pinhole" down --state-dir "$state" >/dev/null
    "$prefix/bin/pinhole" up --state-dir "$state"
  elif [ ! -f "$state/enrollment.json" ]; then
    say_next
    return
  fi
  say "systemd does not run here: to have the agent at each start of the machine, run this from your init: pinhole up"
}

say_next() {
  say "No token was given. Join a team with: printf %s 'phk_...' | sudo pinhole up --server $url --token -"
}

fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsS --retry 2 -o "$work/$1" "$url/download/$1" || fail "$url/download/$1 could not be downloaded. Nothing was changed."
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$work/$1" "$url/download/$1" || fail "$url/download/$1 could not be downloaded. Nothing was changed."
  else
    fail "This machine has neither curl nor wget."
  fi
  printf '%s  %s\n' "$2" "$work/$1" | sha256sum -c - >/dev/null 2>&1 ||
    fail "$1 is not what the dashboard published: its checksum differs. Nothing was changed."
}

say() { printf '%s\n' "$1"; }

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

  url='@URL@'
  agent_sha256='@AGENT_SHA256@'
  prefix=/opt/pinhole
  state=${PINHOLE_STATE_DIR:-/var/lib/pinhole}
  link=/usr/local/bin/pinhole

  [ "$(uname -s)" = Linux ] || fail "This installer is for Linux."
  case "$(uname -m)" in
    x86_64 | amd64) platform=linux-x64 ;;
    aarch64 | arm64) platform=linux-arm64 ;;
    *) fail "There is no agent for the processor $(uname -m)." ;;
  esac
  case "$platform" in
@PLATFORM_CASES@
    *) fail "This dashboard has no runtime for $platform; it has: @PLATFORMS@." ;;
  esac
  [ "$(id -u)" = 0 ] || fail "This needs root: put sudo before sh."
  for tool in tar gzip sha256sum mktemp; do
    command -v "$tool" >/dev/null 2>&1 || fail "This machine has no $tool, which the installer needs."
  done

  token=
  if [ -n "${PINHOLE_TOKEN_FILE:-}" ]; then
    token=$(head -c 256 "$PINHOLE_TOKEN_FILE")
  elif [ ! -t 0 ]; then
    token=$(head -c 256)
  fi

  work=$(mktemp -d)
  trap 'rm -rf "$work" "$prefix.new"' EXIT
  trap 'exit 1' INT TERM HUP

  say "Downloading the agent and its runtime from $url"
  fetch agent.tar.gz "$agent_sha256"
  fetch "$node_file" "$node_sha256"

  rm -rf "$prefix.new"
  mkdir -p "$prefix.new/bin" "$prefix.new/lib"
  tar -xzf "$work/agent.tar.gz" -C "$prefix.new/lib" -o
  gzip -dc "$work/$node_file" >"$prefix.new/bin/node"
  chmod 755 "$prefix.new/bin/node"
  cat >"$prefix.new/bin/pinhole" <<'WRAPPER'
#!/bin/sh
exec /opt/pinhole/bin/node /opt/pinhole/lib/pinhole.js "$@"
WRAPPER
  chmod 755 "$prefix.new/bin/pinhole"
  "$prefix.new/bin/node" "$prefix.new/lib/pinhole.js" version >/dev/null ||
    fail "The downloaded agent does not run on this machine. Nothing was changed."

  was_running=
  if [ -x "$prefix/bin/pinhole" ] && "$prefix/bin/pinhole" status --state-dir "$state" >/dev/null 2>&1; then was_running=1; fi
  rm -rf "$prefix.old"
  [ ! -d "$prefix" ] || mv "$prefix" "$prefix.old"
  mv "$prefix.new" "$prefix"
  rm -rf "$prefix.old"
  mkdir -p "$(dirname "$link")"
  ln -sf "$prefix/bin/pinhole" "$link"
  say "Installed $("$prefix/bin/pinhole" version) in $prefix"

  if [ -d /run/systemd/system ]; then start_with_systemd; else start_by_hand; fi
}

main "$@"
