getent group piloth >/dev/null || groupadd --system piloth
getent passwd piloth >/dev/null || useradd --system --gid piloth --no-create-home \
    --home-dir /var/lib/pilot --shell /sbin/nologin piloth
# In earlier versions the agent's user, and so jobs, could make links there.
if [ -d /etc/pilot ] && [ ! -L /etc/pilot ]; then
    chown root /etc/pilot
    chmod go-w /etc/pilot
    for file in /etc/pilot/*.conf; do
        [ ! -L "$file" ] || [ "$(stat -c %u "$file")" -eq 0 ] || rm -f "$file"
    done
fi
