# shellcheck shell=bash
# Private PostgreSQL and RabbitMQ of one instance ($RUN), on 127.0.0.1 only, beside whatever else runs on the machine.
# Needs processes.sh. The data lies in "$(server_data)"; secrets `postgres` and `rabbitmq` are the passwords.

postgres_bin() { # tool
    local found
    found=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1)
    [[ -n $found ]] && printf '%s/%s\n' "${found%/postgres}" "$1"
}

servers_installed() { postgres_bin postgres >/dev/null && [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]]; }

# Installs what is missing from the distribution, without letting the packages start servers of their own.
install_servers() {
    servers_installed && return
    local sudo=() packages=() policy=/usr/sbin/policy-rc.d held=
    postgres_bin postgres >/dev/null || packages+=(postgresql)
    [[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ]] || packages+=(rabbitmq-server)
    command -v apt-get >/dev/null || die "Missing: ${packages[*]}. Without apt-get, install them by hand."
    if ((EUID != 0)); then
        command -v sudo >/dev/null || die "Missing: ${packages[*]}. Ask an administrator for: apt-get install ${packages[*]}"
        sudo=(sudo)
    fi
    say "Installing ${packages[*]} by ${sudo[*]} apt-get (private instances are started from them; nothing else changes)"
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null && "${sudo[@]}" chmod 755 "$policy" && held=1
    fi
    local status=0
    { "${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=300 update &&
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${packages[@]}"
    } >"$RUN/logs/install.log" 2>&1 || status=$?
    [[ -z $held ]] || "${sudo[@]}" rm -f "$policy"
    ((status == 0)) || { say "apt-get failed:"; tail -n 20 "$RUN/logs/install.log" >&2; exit 1; }
    # Enabled by its package, the system's own server would come up at the next boot.
    if [[ -d /run/systemd/system ]]; then "${sudo[@]}" systemctl disable --quiet "${packages[@]}" || true; fi
    servers_installed || die "apt-get installed ${packages[*]}, but the servers are not where Debian puts them."
}

# PostgreSQL refuses to run as root, and what listens for others need not: root lends both servers another user.
as_server=()
if ((EUID == 0)); then
    server_user=nobody
    ! getent passwd postgres >/dev/null || server_user=postgres
    as_server=(setpriv "--reuid=$server_user" "--regid=$(id -g "$server_user" 2>/dev/null || echo 65534)" --init-groups)
fi

# Where the servers keep their data: in $RUN, unless their user cannot get there. Chosen once.
server_data() {
    local chosen="$RUN/data-directory" candidate key
    if [[ ! -s $chosen ]]; then
        key=$(printf '%s' "$RUN" | cksum)
        for candidate in "$RUN/data" "/var/lib/restoration-${key%% *}" "${TMPDIR:-/tmp}/restoration-${key%% *}"; do
            mkdir -p "$candidate" 2>/dev/null || continue
            chmod 700 "$candidate"
            ((EUID != 0)) || chown "$server_user" "$candidate"
            if "${as_server[@]}" env -C "$candidate" true 2>/dev/null; then
                printf '%s\n' "$candidate" >"$chosen"
                break
            fi
            rmdir "$candidate"
        done
    fi
    [[ -s $chosen ]] || die "No directory found that the user of the servers can use."
    cat "$chosen"
}

# Runs a program of the servers as their user, with nothing of the caller's environment.
server_command() { # sets the array `command`
    local data
    data=$(server_data)
    command=("${as_server[@]}" env -i -C "$data" "HOME=$data" "PATH=$PATH" LANG=C.UTF-8 "$@")
}

as_server_write() { (umask 077 && "${as_server[@]}" tee "$1" >/dev/null); }

postgres_ready() { "$(postgres_bin pg_isready)" -q -h 127.0.0.1 -p "$(port_of postgres)" -t 2; }

# Runs SQL from standard input as superuser; stops at the first error.
postgres_admin() { # psql arguments
    PGPASSWORD=$(secret postgres) "$(postgres_bin psql)" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(port_of postgres)" -U postgres "$@"
}

launch_postgres() { # launcher
    local data command
    data="$(server_data)/postgres"
    if ! "${as_server[@]}" test -s "$data/PG_VERSION"; then
        "${as_server[@]}" rm -rf "$data.new"
        secret postgres | as_server_write "$data.password"
        server_command "$(postgres_bin initdb)" -D "$data.new" -U postgres -A scram-sha-256 "--pwfile=$data.password" -E UTF8 --locale=C.UTF-8
        "${command[@]}" >>"$RUN/logs/postgres.log" 2>&1 || { tail -n 5 "$RUN/logs/postgres.log" >&2; return 1; }
        "${as_server[@]}" rm "$data.password"
        # Only a finished cluster gets the name, so an interrupted initdb is simply done again.
        "${as_server[@]}" mv "$data.new" "$data"
    fi
    # No socket file: its path has a limit of 107 bytes, which a deep checkout passes.
    server_command "$(postgres_bin postgres)" -D "$data" -p "$(port_of postgres)" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c max_connections=200 -c shared_buffers=256MB -c max_wal_size=2GB -c timezone=UTC
    "$1" postgres "${command[@]}"
}

broker_environment() { # sets the array `environment`
    local data erlang_ports
    data="$(server_data)/rabbitmq"
    erlang_ports='-kernel inet_dist_use_interface {127,0,0,1}'
    # One name for every instance: each has an epmd of its own, and the queues on disk know their node by it.
    environment=("ERL_EPMD_PORT=$(port_of epmd)" ERL_EPMD_ADDRESS=127.0.0.1
        RABBITMQ_NODENAME=restoration@localhost "RABBITMQ_DIST_PORT=$(port_of broker-nodes)"
        "RABBITMQ_MNESIA_BASE=$data" "RABBITMQ_MNESIA_DIR=$data/node" "RABBITMQ_LOG_BASE=$data" RABBITMQ_LOGS=-
        "RABBITMQ_CONFIG_FILE=$data/rabbitmq.conf" "RABBITMQ_ENABLED_PLUGINS_FILE=$data/enabled_plugins"
        "RABBITMQ_PID_FILE=$data/pid" RABBITMQ_CONF_ENV_FILE=/dev/null
        # The schedulers do not spin while idle: the cores belong to the services too. With input "allowed" the start script
        # becomes the node instead of waiting for it, so that the id we note is the node's own.
        RABBITMQ_ALLOW_INPUT=1 "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-noinput +sbwt none +sbwtdcpu none +sbwtdio none $erlang_ports"
        "RABBITMQ_CTL_ERL_ARGS=$erlang_ports")
}

# The listener opens last of all.
broker_ready() { listening "$(port_of rabbitmq)"; }

epmd_ready() { listening "$(port_of epmd)"; }

launch_epmd() { # launcher
    local command
    server_command epmd -port "$(port_of epmd)" -address 127.0.0.1
    "$1" epmd "${command[@]}"
}

launch_broker() { # launcher
    local data environment command
    data="$(server_data)/rabbitmq"
    "${as_server[@]}" mkdir -p "$data"
    secret cookie | as_server_write "$(server_data)/.erlang.cookie"
    as_server_write "$data/enabled_plugins" <<<'[].'
    as_server_write "$data/rabbitmq.conf" <<CONF
listeners.tcp.local = 127.0.0.1:$(port_of rabbitmq)
default_user = restoration
default_pass = $(secret rabbitmq)
log.console.level = warning
raft.wal_max_size_bytes = 67108864
CONF
    broker_environment
    server_command "${environment[@]}" /usr/lib/rabbitmq/bin/rabbitmq-server
    "$1" rabbitmq "${command[@]}"
}

broker_control() { # rabbitmqctl arguments
    local environment command
    broker_environment
    server_command "${environment[@]}" /usr/lib/rabbitmq/bin/rabbitmqctl -q "$@"
    "${command[@]}"
}

broker_address() { printf 'amqp://restoration:%s@127.0.0.1:%s/' "$(secret rabbitmq)" "$(port_of rabbitmq)"; }

# Both at once, then waits for both.
servers_up() { # launcher seconds
    launch_postgres "$1"
    launch_epmd "$1"
    launch_broker "$1"
    bring_up "$2" postgres postgres_ready launch_postgres "$1"
    bring_up "$2" epmd epmd_ready launch_epmd "$1"
    bring_up "$2" rabbitmq broker_ready launch_broker "$1"
}

servers_down() { # how PostgreSQL stops: INT (fast) or QUIT (at once)
    stop_processes TERM 30 rabbitmq
    # A node that missed its epmd for a moment may have started another on the same port.
    epmd -port "$(port_of epmd)" -kill >/dev/null 2>&1 || true
    stop_processes TERM 5 epmd
    stop_processes "$1" 30 postgres
}
