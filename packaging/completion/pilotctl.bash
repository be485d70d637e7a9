# Completion of pilotctl(1) for bash: commands, their own commands, then options or
# files.

_pilotctl() {
    local word="${COMP_WORDS[COMP_CWORD]}" words="" common=""
    local client="--url --user --password-file --ca-file --json"
    local place="--org-group --org --area --location --label"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="serve backup user package store tls key host cmd job version"
    elif [ "$COMP_CWORD" -eq 2 ]; then
        case "${COMP_WORDS[1]}" in
        user) words="add ls rm" ;;
        package) words="reset-serial" ;;
        store) words="make-key rekey" ;;
        tls) words="init issue" ;;
        key) words="list-make list-sign list-import ls show" ;;
        host) words="ls show invite admit acknowledge rotate disable enable rm" ;;
        cmd) words="put ls show rm" ;;
        job) words="run ls show cancel" ;;
        esac
    fi
    if [ -z "$words" ] && [[ $word != -* ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    case "${COMP_WORDS[1]} ${COMP_WORDS[2]}" in
    "serve "*) common="--data --store-key --settings --listen --tls-cert --tls-key --job-key --root-key --key-list
        --ca --url --interval --accept-unsigned --max-package --log" ;;
    "backup "*) common="--data --output --json" ;;
    "user add") common="--role --password-file --data --store-key --json" ;;
    "user "* | "package "* | "store rekey") common="--data --store-key --json" ;;
    "tls init") common="--dir --host --json" ;;
    "tls issue") common="--dir --host --ca --ca-key --json" ;;
    "key list-make") common="--number --job --registry --output --json" ;;
    "key list-sign") common="--root --output --json" ;;
    "store make-key" | "key show" | "version "*) common="--json" ;;
    "host ls") common="--all $client" ;;
    "host invite") common="--uses --expires --output $place $client" ;;
    "host admit") common="--fingerprint $place $client" ;;
    "cmd put") common="--key --description --package --function --var --secret-file
        --registry-user --registry-password-file --timeout --max-output --detach --keep
        --limit-memory --limit-file-size --limit-descriptors --limit-processes --limit-cpu
        $client" ;;
    "job run") common="--cmd --name --label --wait --idempotency-key $client" ;;
    "job ls") common="--batch $client" ;;
    "job show") common="--follow $client" ;;
    "key "* | "host "* | "cmd "* | "job "*) common="$client" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words $common --help" -- "$word")
}

complete -F _pilotctl pilotctl
