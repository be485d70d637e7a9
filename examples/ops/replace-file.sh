#!/bin/sh
# replace-file.sh TARGET: replaces the file's content with CONTENT, atomically: readers see
# the old content or the new one, even after a power failure.
set -eu
target=$1
case $target in
  /*) ;;
  *) echo "TARGET must be an absolute path, not '$target'" >&2; exit 2 ;;
esac

# Replace the target of a link, not the link.
target=$(readlink -f -- "$target")
if [ ! -f "$target" ]; then
  echo "there is no file $target" >&2
  exit 1
fi

# In the same folder, and so on the same file system, where mv is a rename.
new=$(mktemp "$(dirname -- "$target")/.replace-file.XXXXXX")
trap 'rm -f -- "$new"' EXIT
trap 'exit 143' HUP INT TERM

# The copy has the mode, owner and other attributes of the old file.
cp -p -- "$target" "$new"
printf '%s' "${CONTENT?}" > "$new"
sync "$new"

if cmp -s -- "$target" "$new"; then
  echo "$target has this content already"
  exit 0
fi
mv -f -- "$new" "$target"
sync "$(dirname -- "$target")"
echo "$target is replaced, $(wc -c < "$target") bytes"
