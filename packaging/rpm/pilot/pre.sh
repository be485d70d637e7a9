getent group piloth >/dev/null || groupadd --system piloth
getent passwd piloth >/dev/null || useradd --system --gid piloth --no-create-home \
    --home-dir /var/lib/pilot --shell /sbin/nologin piloth
