#!/bin/bash
# Records the block writes of a real PostgreSQL under pgbench, as a trace in the format of the MSR Cambridge
# traces: the write-ahead log is volume pg.1, everything else in the data directory is volume pg.0.
#
# It starts a private cluster in a temporary directory (Unix socket only, log and data in directories of
# their own), follows its system calls with strace, and leaves nothing behind but the trace. A cluster that
# Debian's package may have started is neither used nor touched. scenarios/traces/README.md says what the
# instants in the trace mean.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'TEXT'
Usage: scripts/record-postgresql-trace.sh [OPTION].. OUT.csv

  --seconds N   length of the recording (default 10)
  --clients N   pgbench clients, each with one transaction at a time (default 4)
  --scale N     pgbench scale: 100,000 accounts, about 15 MB, each (default 5)

Example: scripts/record-postgresql-trace.sh --seconds 10 /tmp/pgbench.csv

Needs Debian or a relative. Missing packages (postgresql, strace, python3) are installed if run as root.
TEXT
}

fail() {
    echo "record-postgresql-trace: $1" >&2
    exit 1
}

seconds=10 clients=4 scale=5 out=
while [ $# -gt 0 ]; do
    case $1 in
        --seconds | --clients | --scale)
            [[ ${2-} =~ ^[1-9][0-9]{0,3}$ ]] || fail "$1 ${2-}: expected a whole number from 1 to 9999"
            declare "${1#--}=$2"
            shift 2
            ;;
        -h | --help) usage && exit 0 ;;
        -*) fail "$1: no such option; --help lists them" ;;
        *)
            [ -z "$out" ] || fail "$1: expected one output file, found a second"
            out=$1
            shift
            ;;
    esac
done
[ -n "$out" ] || { usage >&2 && exit 1; }
[ -d "$(dirname "$out")" ] || fail "$out: the folder $(dirname "$out") does not exist"
[ ! -d "$out" ] || fail "$out: is a folder; expected a file name"
here=$(cd "$(dirname "$0")" && pwd)

# The programs. The newest PostgreSQL is taken where several are installed.
postgresql_bin() {
    find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1 | xargs -r dirname
}
bin=$(postgresql_bin)
missing=()
[ -n "$bin" ] && [ -x "$bin/pgbench" ] || missing+=(postgresql)
command -v strace >/dev/null || missing+=(strace)
command -v python3 >/dev/null || missing+=(python3)
if [ ${#missing[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || fail "missing: ${missing[*]}; run as root to have them installed"
    command -v apt-get >/dev/null || fail "missing: ${missing[*]}; and there is no apt-get to install them"
    echo "installing ${missing[*]}" >&2
    apt-get update >&2 || fail "apt-get update failed"
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >&2 ||
        fail "apt-get could not install ${missing[*]}"
    bin=$(postgresql_bin)
    [ -n "$bin" ] && [ -x "$bin/pgbench" ] || fail "no postgres and pgbench below /usr/lib/postgresql"
fi

# PostgreSQL refuses to run as root: the package's own user is there for it.
as_owner() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

work=$(mktemp -d "${TMPDIR:-/var/tmp}/rcsim-pg.XXXXXX")
tracer=
clean_up() {
    if [ -n "$tracer" ]; then
        as_owner "$bin/pg_ctl" stop --pgdata "$work/data" --mode immediate --silent 2>/dev/null || true
        wait "$tracer" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
if [ "$(id -u)" = 0 ]; then chown postgres "$work"; fi
cd "$work" || fail "$work: cannot be entered"
as_owner mkdir "$work/calls" 2>/dev/null || fail "$work: not open to the user postgres; set TMPDIR to a folder that is"

as_owner strace --output /dev/null true 2>/dev/null ||
    fail "strace may not trace here (a container needs the capability SYS_PTRACE)"

echo "creating a cluster" >&2
as_owner "$bin/initdb" --pgdata data --waldir "$work/wal" --auth trust --username postgres --no-locale \
    --encoding UTF8 >initdb.log 2>&1 || fail "initdb failed: $(tail -n 3 initdb.log)"
# A cache far smaller than the data makes server processes write pages out while transactions run, besides
# the checkpoints. open_datasync: a write to the log is durable when it returns, so that its issue and its
# end are those of one durable block write.
as_owner tee -a data/postgresql.conf >/dev/null <<TEXT
listen_addresses = ''
unix_socket_directories = '$work'
wal_sync_method = open_datasync
shared_buffers = 8MB
checkpoint_timeout = 30s
bgwriter_delay = 20ms
autovacuum_naptime = 5s
TEXT

# One file of calls per process (-ff): no call is split in two by another process.
calls=openat,write,writev,pwrite64,pwritev,pwritev2,rename,renameat,renameat2,link,linkat,unlink,unlinkat
as_owner strace -ff --seccomp-bpf --output "$work/calls/process" --trace="$calls" --signal=none \
    --absolute-timestamps=format:unix,precision:ns --syscall-times=ns --decode-fds=path --string-limit=0 \
    --quiet=all "$bin/postgres" -D "$work/data" >server.log 2>&1 &
tracer=$!
sql() { as_owner "$bin/psql" --host "$work" --username postgres --no-psqlrc --quiet --command "$1" postgres; }
for _ in $(seq 150); do
    if "$bin/pg_isready" --host "$work" --quiet; then break; fi
    kill -0 "$tracer" 2>/dev/null || fail "the server did not start: $(tail -n 3 server.log)"
    sleep 0.2
done
"$bin/pg_isready" --host "$work" --quiet || fail "the server was not ready within 30 s"
bench() { as_owner "$bin/pgbench" --host "$work" --username postgres "$@" postgres; }
echo "filling the tables of pgbench, scale $scale" >&2
bench --initialize --quiet --scale "$scale" 2>pgbench-init.log || fail "$(tail -n 3 pgbench-init.log)"
sql CHECKPOINT

echo "recording $seconds s of pgbench with $clients clients" >&2
from=$(date +%s.%N)
bench --client "$clients" --jobs 1 --time "$seconds" --no-vacuum >pgbench.log 2>&1 &
load=$!
for _ in 1 2; do
    sleep "$((seconds / 3))"
    sql CHECKPOINT
done
wait "$load" || fail "pgbench failed: $(tail -n 3 pgbench.log)"
to=$(date +%s.%N)

as_owner "$bin/pg_ctl" stop --pgdata "$work/data" --mode fast --silent || fail "the server did not stop"
wait "$tracer" || true
tracer=

cd - >/dev/null
python3 "$here/strace_to_msr.py" --calls "$work/calls" --data "$work/data" --wal "$work/wal" \
    --from "$from" --to "$to" --out "$work/trace.csv"
cp "$work/trace.csv" "$out.tmp" && mv "$out.tmp" "$out" || fail "$out: cannot be written"
grep -E 'number of transactions actually|latency average|^tps' "$work/pgbench.log" >&2 || true
echo "$("$bin/postgres" --version); $(strace --version | head -n 1); Linux $(uname -r)" >&2
