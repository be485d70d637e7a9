getent group pilotctl >/dev/null || groupadd --system pilotctl
getent passwd pilotctl >/dev/null || useradd --system --gid pilotctl --no-create-home \
    --home-dir /var/lib/pilotctl --shell /sbin/nologin pilotctl
