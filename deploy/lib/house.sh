# shellcheck shell=bash
# What the system on one machine consists of. A new service is one word here.
# Each service: project services/<Name>, process, database and role of the lower-case name, and <name>_owner for its schema.

services=(registry indicators mines funding updates)
processes=("${services[@]}" gateway)
# shellcheck disable=SC2034
servers=(postgres epmd rabbitmq)

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"
RUN="$root/.run"
# shellcheck source=deploy/lib/processes.sh
source "$root/deploy/lib/processes.sh"
# shellcheck source=deploy/lib/servers.sh
source "$root/deploy/lib/servers.sh"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_HOME="${DOTNET_CLI_HOME:-${HOME:-/tmp}}"
# As in the projects: nothing needs ICU on the machine.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

# One build at a time in a checkout; leaves no build server behind. Silent when it succeeds.
build() {
    mkdir -p "$root/.artifacts"
    (
        flock 8
        log=$(dotnet build "$root/Restoration.sln" -c Release -v quiet --nologo --disable-build-servers 8>&- 2>&1) ||
            { grep -E ': (error|warning) |^error|^MSBUILD' <<<"$log" | sort -u || printf '%s\n' "$log"; exit 1; }
    ) 8>"$root/.artifacts/build.lock"
}

project_of() { printf '%s' "${1^}"; }

# A running process keeps the copy it was started from; builds and tests beside it do not pull its files away.
install_program() { # process
    local target="$RUN/programs/$1"
    mkdir -p "$RUN/programs"
    rm -rf "$target" "$target.new"
    cp -r "$root/.artifacts/bin/$(project_of "$1")/release" "$target.new"
    mv "$target.new" "$target"
}

program() { # process; sets the array `command`
    command=(env -C "$RUN/programs/$1" dotnet "Restoration.$(project_of "$1").dll")
}

# Signs the checkpoints of a process's log: a key outside its database, drawn once. Its public half is served at ops/checkpoints.
signing_key() { # process
    local file="$RUN/secrets/signing-$1.pem"
    [[ -s $file ]] || (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$file.new" && mv "$file.new" "$file") || return
    printf '%s' "$file"
}

connection() { # database role
    printf 'Host=127.0.0.1;Port=%s;Database=%s;Username=%s;Password=%s' "$(port_of postgres)" "$1" "$2" "$(secret "database-$2")"
}

# Roles and databases of every process; repeating it changes nothing.
create_databases() {
    local name role
    for name in "${processes[@]}"; do
        for role in "${name}_owner" "$name"; do role_sql "$role"; done
        printf "select 'create database %s owner %s_owner' where not exists (select from pg_database where datname = '%s') \\\\gexec\n" "$name" "$name" "$name"
        printf 'revoke all on database %s from public; grant connect on database %s to %s;\n' "$name" "$name" "$name"
    done
    role_sql keys_reader
    printf 'grant connect on database gateway to keys_reader;\n'
}

role_sql() { # role
    printf "select 'create role %s' where not exists (select from pg_roles where rolname = '%s') \\\\gexec\n" "$1" "$1"
    printf "alter role %s login password '%s';\n" "$1" "$(secret "database-$1")"
}

# Tables and grants, by the owner; the process itself runs with the limited role.
update_schema() { # process
    local command
    program "$1"
    env "ConnectionStrings__owner=$(connection "$1" "$1_owner")" "${command[@]}" schema >>"$RUN/logs/$1.log" 2>&1 ||
        { tail -n 20 "$RUN/logs/$1.log" >&2; die "The schema of $1 could not be brought up to date; see $RUN/logs/$1.log"; }
}

launch_process() { # process
    local command name settings
    program "$1"
    # Room for 128 MB before the collector looks: of the few it takes by default, most of a large batch survives and is copied. At rest
    # the process gives it back.
    settings=("ASPNETCORE_URLS=http://127.0.0.1:$(port_of "$1")" DOTNET_gcServer=0 DOTNET_GCgen0size=0x8000000
        "ConnectionStrings__$1=$(connection "$1" "$1")" "ConnectionStrings__broker=$(broker_address)")
    if [[ $1 == gateway ]]; then
        settings+=(Gateway__Operator__Id=operator "Gateway__Operator__Secret=$(secret operator)")
        for name in "${services[@]}"; do settings+=("Services__$name=http://127.0.0.1:$(port_of "$name")"); done
    else
        settings+=("ConnectionStrings__keys=$(connection gateway keys_reader)")
        # For a first look: webhooks may call programs on this machine, by http. Elsewhere targets are public addresses, by https.
        [[ $1 != updates ]] || settings+=("Webhooks__AllowedRanges=127.0.0.0/8,::1/128")
        # PostgreSQL's packages bring openssl; where it is missing all the same, nothing is signed, and ops/checkpoints says so.
        [[ $1 == updates ]] || ! name=$(signing_key "$1" 2>/dev/null) || settings+=("EventStore__SigningKey=$name")
    fi
    # Exported rather than given to env: what stands in a command line, everybody on the machine can read.
    (
        export "${settings[@]}"
        launch_kept "$1" "${command[@]}"
    )
}

process_ready() { answers_200 "$(port_of "$1")" /health/ready; }
