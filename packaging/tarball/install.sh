#!/bin/sh
# Installs the Host Pilot agent from this folder, as root. Run it again to upgrade: that keeps
# configuration and state, and running jobs continue.
#
#   ./install.sh             installs below /usr, with the service for systemd or OpenRC if
#                            the host has one of them
#   ./install.sh --uninstall ends the agent and its jobs and removes the programs, but keeps
#                            configuration and state
set -eu
cd "$(dirname "$0")"

[ "$(id -u)" -eq 0 ] || { echo "install.sh: run this as root" >&2; exit 1; }

with_systemd() { command -v systemctl >/dev/null; }
with_openrc() { [ -x /sbin/openrc-run ]; }

# Ends agents that neither systemd nor OpenRC manages, such as those that a line in
# /etc/inittab starts. Jobs continue.
end_agents() {
    for process in /proc/[0-9]*; do
        line=$(tr '\0' ' ' 2>/dev/null <"$process/cmdline") || continue
        [ "$line" != "/usr/bin/pilot " ] || kill "${process#/proc/}" || true
    done
}

stop() {
    if [ -d /run/systemd/system ]; then
        systemctl disable --now piloth.service || true
    elif with_openrc; then
        rc-service piloth stop || true
        rc-update delete piloth default || true
    elif grep -q '^[^#].*/usr/bin/pilot' /etc/inittab 2>/dev/null; then
        echo "install.sh: first remove the agent's line from /etc/inittab and run: kill -HUP 1" >&2
        exit 1
    else
        end_agents
    fi
    su -s /bin/sh -c "PILOT_HOME=/var/lib/pilot /usr/bin/pilot job stop" piloth || true
}

# The folders of the shells' completions; a missing one is skipped.
bash=/usr/share/bash-completion/completions
zsh=/usr/local/share/zsh/site-functions
[ -d "$zsh" ] || zsh=/usr/share/zsh/site-functions
fish=/usr/share/fish/vendor_completions.d

case "${1:-}" in
'') ;;
--uninstall)
    stop
    rm -f /usr/bin/pilot /usr/bin/art /etc/init.d/piloth \
        /lib/systemd/system/piloth.service /lib/systemd/system/piloth@.service \
        /usr/share/man/man1/pilot.1 /usr/share/man/man1/art.1 /usr/share/man/man5/pilot.conf.5
    for program in pilot art; do
        rm -f "$bash/$program" "$zsh/_$program" "$fish/$program.fish"
    done
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    echo "removed the programs; kept /etc/pilot, /etc/conf.d/piloth and /var/lib/pilot if they exist"
    exit 0
    ;;
*)
    echo "usage: install.sh [--uninstall]" >&2
    exit 2
    ;;
esac

# The agent's user. busybox has adduser instead of useradd.
if ! grep -q '^piloth:' /etc/passwd; then
    if command -v useradd >/dev/null; then
        useradd --system --user-group --no-create-home --home-dir /var/lib/pilot \
            --shell /usr/sbin/nologin piloth
    else
        addgroup -S piloth
        adduser -S -D -H -h /var/lib/pilot -s /sbin/nologin -G piloth piloth
    fi
fi

# A running program cannot be overwritten, but its file can be replaced.
for program in pilot art; do
    cp "$program" "/usr/bin/$program.new"
    chmod 755 "/usr/bin/$program.new"
    mv "/usr/bin/$program.new" "/usr/bin/$program"
done

mkdir -p /usr/share/man/man1 /usr/share/man/man5
if [ ! -e /var/lib/pilot ]; then
    mkdir /var/lib/pilot
    chown piloth:piloth /var/lib/pilot
    chmod 700 /var/lib/pilot
fi
sh ./settings-folder.sh
if [ ! -e /etc/pilot/pilot.conf ] && [ ! -L /etc/pilot/pilot.conf ]; then
    cp pilot.conf /etc/pilot/pilot.conf
    chown root:piloth /etc/pilot/pilot.conf
    chmod 640 /etc/pilot/pilot.conf
fi
cp pilot.1 art.1 /usr/share/man/man1/
cp pilot.conf.5 /usr/share/man/man5/
for program in pilot art; do
    [ ! -d "$bash" ] || cp "$program.bash" "$bash/$program"
    [ ! -d "$zsh" ] || cp "$program.zsh" "$zsh/_$program"
    [ ! -d "$fish" ] || cp "$program.fish" "$fish/$program.fish"
done

if with_systemd; then
    cp piloth.service piloth@.service /lib/systemd/system/
    systemctl enable piloth.service || true
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl restart piloth.service
    fi
elif with_openrc; then
    cp openrc/piloth /etc/init.d/piloth
    chmod 755 /etc/init.d/piloth
    mkdir -p /etc/conf.d
    [ -e /etc/conf.d/piloth ] || cp openrc/piloth.confd /etc/conf.d/piloth
    rc-update add piloth default
    [ ! -e /run/openrc/softlevel ] || rc-service piloth restart
else
    # Init, or another program that starts the agent, starts the new one.
    end_agents
    echo "this host has neither systemd nor OpenRC: for busybox's init, see docs/operations/install.md"
fi
echo "installed $(/usr/bin/pilot version). Enrol the host with: pilot enrol URL"
