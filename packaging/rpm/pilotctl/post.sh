# $1 is how many versions are installed now: 1 after the first installation.
[ -d /var/lib/pilotctl ] || install -d -o pilotctl -g pilotctl -m 0700 /var/lib/pilotctl
# Outside of the data folder, so that backups of the data do not contain it. The service
# itself cannot write there.
if [ ! -e /var/lib/pilotctl.key ]; then
    /usr/bin/pilotctl store make-key /var/lib/pilotctl.key >/dev/null
    chown pilotctl:pilotctl /var/lib/pilotctl.key
fi
if [ "$1" -eq 1 ]; then
    # New files get the service's group.
    chown root:pilotctl /etc/pilotctl
    chmod 2750 /etc/pilotctl
    if command -v systemctl >/dev/null; then
        systemctl enable --quiet pilotctl.service || :
        [ ! -d /run/systemd/system ] || systemctl daemon-reload || :
        [ ! -d /run/systemd/system ] || systemctl start pilotctl.service || :
    fi
elif [ -d /run/systemd/system ]; then
    systemctl daemon-reload || :
    systemctl try-restart pilotctl.service || :
fi
