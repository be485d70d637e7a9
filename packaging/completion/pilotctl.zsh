#compdef pilotctl

autoload -U is-at-least

_pilotctl() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_pilotctl_commands" \
"*::: :->pilotctl" \
&& ret=0
    case $state in
    (pilotctl)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-command-$line[1]:"
        case $line[1] in
            (serve)
_arguments "${_arguments_options[@]}" : \
'--store-key=[File of the store key, which seals the secrets in the database; created if the database has no key yet (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--settings=[Settings file that the service manager has put into the environment\: lines that service managers read differently are refused]:FILE:_files' \
'--listen=[Address to listen on; port 0 means any free port]:ADDRESS:PORT:_default' \
'--tls-cert=[Certificate of the service, followed by those of its CAs (PEM)]:FILE:_files' \
'--tls-key=[Key of the certificate (PEM)]:FILE:_files' \
'--job-key=[OpenPGP secret key that signs job requests]:FILE:_files' \
'--root-key=[OpenPGP public key of the root that signed the key list]:FILE:_files' \
'--key-list=[Signed list of the keys that hosts trust]:FILE:_files' \
'--ca=[CA that codes of invitations pin (default\: the last certificate of --tls-cert if it is self-issued)]:FILE:_files' \
'--url=[Address by which hosts reach the service, printed with each invitation]:URL:_default' \
'--metrics-listen=[Address for monitors\: /metrics, /healthz and /readyz over plain HTTP; without a value, 127.0.0.1\:9843. None if not given]::ADDRESS:PORT:_default' \
'--interval=[Time between a host'\''s pings, 100ms to 1d]:INTERVAL:_default' \
'--keep-jobs=[How long jobs are kept after their end\: 90d, or forever; their batches go with the last job]:TIME:_default' \
'--keep-outputs=[How long the output of jobs is kept after their end, if that is less]:TIME:_default' \
'--keep-audit=[How long entries of the audit log are kept\: 400d, or forever]:TIME:_default' \
'--max-package=[Size limit of packages, in MiB or with a unit\: 200 or 200M; at most 512M, the limit of hosts]:SIZE:_default' \
'--log=[Log level\: error, warn, info, debug, or a filter as for RUST_LOG]:LEVEL:_default' \
'--data=[Folder with the service'\''s data; created if it does not exist]:DIR:_files' \
'--accept-unsigned[Accept unsigned packages (hosts refuse to run them)]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(backup)
_arguments "${_arguments_options[@]}" : \
'--data=[Folder with the service'\''s data]:DIR:_files' \
'-o+[Folder to create with the copy; it appears when the copy is complete]:DIR:_files' \
'--output=[Folder to create with the copy; it appears when the copy is complete]:DIR:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(user)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__user_commands" \
"*::: :->user" \
&& ret=0

    case $state in
    (user)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-user-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
'--role=[What the user may do]:ROLE:((admin\:"Everything"
operator\:"Everything but users"
publisher\:"Push packages and pull them"
reader\:"Look at everything but users, and pull packages"))' \
'--password-file=[File with the new user'\''s password, in one line]:FILE:_files' \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--sign-in-password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':name -- The name to sign in with:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(role)
_arguments "${_arguments_options[@]}" : \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':name -- The name:_default' \
':role -- What the user may do from now on:((admin\:"Everything"
operator\:"Everything but users"
publisher\:"Push packages and pull them"
reader\:"Look at everything but users, and pull packages"))' \
&& ret=0
;;
(password)
_arguments "${_arguments_options[@]}" : \
'--password-file=[File with the new password, in one line]:FILE:_files' \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--sign-in-password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'::name -- The name (default\: your own):_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- The name:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__user__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-user-help-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(role)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(password)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(token)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__token_commands" \
"*::: :->token" \
&& ret=0

    case $state in
    (token)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-token-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
'*--may=[What it allows of what the user'\''s role does\: read, operate, push, pull, audit or run\:COMMAND; may be repeated (default\: what the role allows, but not audit)]:RIGHT:_default' \
'--expires=[How long it is valid, at most 366d]:EXPIRES:_default' \
'--of=[Whose token it is (default\: your own)]:USER:_default' \
'-o+[File to write it to, which only you may read (default\: print it)]:FILE:_files' \
'--output=[File to write it to, which only you may read (default\: print it)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Its name:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--of=[Only those of this user]:USER:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--of=[Whose token it is (default\: your own)]:USER:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Its name:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__token__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-token-help-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(audit)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__audit_commands" \
"*::: :->audit" \
&& ret=0

    case $state in
    (audit)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-audit-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
'--who=[Only changes by this user]:USER:_default' \
'--what=[Only this action, as host.disable, or all on a kind of thing, as host]:ACTION:_default' \
'--on=[Only changes of what has this id or name]:ID:_default' \
'--since=[Only entries since a time, as 2026-11-30T15\:00\:00Z, or of the last 7d]:TIME:_default' \
'--limit=[How many entries to list]:LIMIT:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'--who=[Only changes by this user]:USER:_default' \
'--what=[Only this action, as host.disable, or all on a kind of thing, as host]:ACTION:_default' \
'--on=[Only changes of what has this id or name]:ID:_default' \
'--since=[Only entries since a time, as 2026-11-30T15\:00\:00Z, or of the last 7d]:TIME:_default' \
'--after=[Only entries after the one with this number]:NUMBER:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'--data=[Work on the data in this folder, on the service'\''s machine, in place of calling the service]:DIR:_files' \
'--store-key=[File of the store key (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__audit__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-audit-help-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(package)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__package_commands" \
"*::: :->package" \
&& ret=0

    case $state in
    (package)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-package-command-$line[1]:"
        case $line[1] in
            (reset-serial)
_arguments "${_arguments_options[@]}" : \
'--data=[Folder with the service'\''s data]:DIR:_files' \
'--store-key=[File of the store key, which seals the secrets in the database; created if the database has no key yet (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- The package, as `art push` names it:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__package__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-package-help-command-$line[1]:"
        case $line[1] in
            (reset-serial)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(store)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__store_commands" \
"*::: :->store" \
&& ret=0

    case $state in
    (store)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-store-command-$line[1]:"
        case $line[1] in
            (make-key)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':file -- The file to create:_files' \
&& ret=0
;;
(rekey)
_arguments "${_arguments_options[@]}" : \
'--data=[Folder with the service'\''s data]:DIR:_files' \
'--store-key=[File of the store key, which seals the secrets in the database; created if the database has no key yet (default\: the name of the folder, with \`.key\`)]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
'--data=[Folder with the service'\''s data]:DIR:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__store__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-store-help-command-$line[1]:"
        case $line[1] in
            (make-key)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rekey)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(tls)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__tls_commands" \
"*::: :->tls" \
&& ret=0

    case $state in
    (tls)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-tls-command-$line[1]:"
        case $line[1] in
            (init)
_arguments "${_arguments_options[@]}" : \
'--dir=[Folder for the files, which must not exist yet]:DIR:_files' \
'*--host=[Name or address by which hosts reach the service (may be repeated)]:HOSTS:_default' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(issue)
_arguments "${_arguments_options[@]}" : \
'--dir=[Folder for the files, which must not exist yet]:DIR:_files' \
'*--host=[Name or address by which hosts reach the service (may be repeated)]:HOSTS:_default' \
'--ca=[The CA'\''s certificate (PEM)]:FILE:_files' \
'--ca-key=[The CA'\''s key (PEM)]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__tls__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-tls-help-command-$line[1]:"
        case $line[1] in
            (init)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(issue)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(key)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__key_commands" \
"*::: :->key" \
&& ret=0

    case $state in
    (key)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-key-command-$line[1]:"
        case $line[1] in
            (list-make)
_arguments "${_arguments_options[@]}" : \
'--number=[Number of the list\: increase it with every change; hosts refuse a lower one]:NUMBER:_default' \
'*--job=[Public key that may sign job requests (may be repeated)]:FILE:_files' \
'*--registry=[Public key that may sign packages (may be repeated)]:FILE:_files' \
'-o+[File to create]:FILE:_files' \
'--output=[File to create]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(list-sign)
_arguments "${_arguments_options[@]}" : \
'--root=[The root'\''s secret key]:FILE:_files' \
'-o+[File to create]:FILE:_files' \
'--output=[File to create]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':list -- The list:_files' \
&& ret=0
;;
(list-import)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':list -- The signed list:_files' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'*::files -- A list, a signed list or a public key:_files' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__key__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-key-help-command-$line[1]:"
        case $line[1] in
            (list-make)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list-sign)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list-import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(host)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__host_commands" \
"*::: :->host" \
&& ret=0

    case $state in
    (host)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-host-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
'-l+[Only hosts with these labels\: KEY, !KEY, KEY=VALUE or KEY!=VALUE, with commas between them]:LABELS:_default' \
'--selector=[Only hosts with these labels\: KEY, !KEY, KEY=VALUE or KEY!=VALUE, with commas between them]:LABELS:_default' \
'--org-group=[Only hosts of this group of organisations]:ORG_GROUP:_default' \
'--org=[Only hosts of this organisation]:ORG:_default' \
'--area=[Only hosts of this area]:AREA:_default' \
'--location=[Only hosts of this location]:LOCATION:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'(--offline)--online[Only hosts that are connected]' \
'--offline[Only hosts that are not connected]' \
'--all[Include removed hosts]' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'()--none[Take its name away]' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
'::name -- The name, which no other host has:_default' \
&& ret=0
;;
(label)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':hosts -- Hosts, by id, name or hostname, with commas between them:_default' \
'*::labels -- KEY or KEY=VALUE gives a label, KEY- takes it away:_default' \
&& ret=0
;;
(invite)
_arguments "${_arguments_options[@]}" : \
'--uses=[How many hosts may use the code]:USES:_default' \
'--expires=[How long the code is valid]:EXPIRES:_default' \
'-o+[File to write the code to, which only you may read (default\: print it)]:FILE:_files' \
'--output=[File to write the code to, which only you may read (default\: print it)]:FILE:_files' \
'--org-group=[Group of organisations]:ORG_GROUP:_default' \
'--org=[Organisation]:ORG:_default' \
'--area=[Area]:AREA:_default' \
'--location=[Location]:LOCATION:_default' \
'*--label=[Label (may be repeated)]:LABEL:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(admit)
_arguments "${_arguments_options[@]}" : \
'--fingerprint=[The fingerprint that \`pilot status\` shows on the host (without it, the command asks you to compare)]:FINGERPRINT:_default' \
'--org-group=[Group of organisations]:ORG_GROUP:_default' \
'--org=[Organisation]:ORG:_default' \
'--area=[Area]:AREA:_default' \
'--location=[Location]:LOCATION:_default' \
'*--label=[Label (may be repeated)]:LABEL:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(acknowledge)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(rotate)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(disable)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(enable)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':host -- Its id or the beginning of it, its name, or a hostname that only it has:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__host__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-host-help-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(label)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(invite)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(admit)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(acknowledge)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rotate)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(disable)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(enable)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(cmd)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__cmd_commands" \
"*::: :->cmd" \
&& ret=0

    case $state in
    (cmd)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-cmd-command-$line[1]:"
        case $line[1] in
            (put)
_arguments "${_arguments_options[@]}" : \
'--key=[Name of the command]:KEY:_default' \
'--description=[What it is for]:DESCRIPTION:_default' \
'--package=[domain/group/name\:tag]:PACKAGE:_default' \
'--function=[An exported function of the package]:FUNCTION:_default' \
'*--var=[A variable (may be repeated)]:NAME=VALUE:_default' \
'*--secret-file=[A secret\: the text of a file, without one final newline (may be repeated)]:NAME=FILE:_default' \
'--registry-user=[User name for the package registry, if it is not control'\''s own]:REGISTRY_USER:_default' \
'--registry-password-file=[File with the password for the package registry, in one line]:FILE:_files' \
'--timeout=[Time limit]:TIMEOUT:_default' \
'--max-output=[How many bytes of output the host keeps]:SIZE:_default' \
'--limit-memory=[Address space of each process]:SIZE:_default' \
'--limit-file-size=[Size of each file that is written]:SIZE:_default' \
'--limit-descriptors=[Open descriptors of each process]:NUMBER:_default' \
'--limit-processes=[Processes and threads of the job; on a host without cgroups, of the job'\''s Unix user]:NUMBER:_default' \
'--limit-cpu=[Processor time of each process]:DURATION:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--detach[Let processes outlive the job]' \
'--keep[Keep the working folder on the host, for debugging there]' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'::file -- File with the JSON of `PUT /cmd`, - for standard input:_files' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':key -- Its key:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':key -- Its key:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__cmd__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-cmd-help-command-$line[1]:"
        case $line[1] in
            (put)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(job)
_arguments "${_arguments_options[@]}" : \
'-h[Print help]' \
'--help[Print help]' \
":: :_pilotctl__subcmd__job_commands" \
"*::: :->job" \
&& ret=0

    case $state in
    (job)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-job-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
'--cmd=[Key of the command]:CMD:_default' \
'--name=[Name of the batch (default\: the command'\''s key)]:NAME:_default' \
'*--label=[Label of the batch (may be repeated)]:LABEL:_default' \
'--idempotency-key=[Key of this call\: a repeated call with the same key creates no second batch]:KEY:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--wait[Wait until all jobs have ended, and print their output]' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'*::hosts -- Hosts, by id or the beginning of it, by name or hostname:_default' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--batch=[Only those of this batch]:ID:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'-f[Print the output while the job runs; exit with 0 if it succeeds]' \
'--follow[Print the output while the job runs; exit with 0 if it succeeds]' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- Its id, or its number on its host:_default' \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
':id -- Its id, or its number on its host:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--batch=[This batch, with all its jobs]:ID:_default' \
'--url=[Address of the service, https\://host\:port]:URL:_default' \
'--user=[User to sign in as]:NAME:_default' \
'--password-file=[File with the user'\''s password, in one line (else PILOTCTL_PASSWORD)]:FILE:_files' \
'--token-file=[File with an API token, in one line, in place of user and password]:FILE:_files' \
'--ca-file=[CA of the service (PEM), in place of the system'\''s]:FILE:_files' \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
'*::ids -- Their ids, or their numbers on their hosts:_default' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__job__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-job-help-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
;;
(version)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-command-$line[1]:"
        case $line[1] in
            (serve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(backup)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(user)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__user_commands" \
"*::: :->user" \
&& ret=0

    case $state in
    (user)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-user-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(role)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(password)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(token)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__token_commands" \
"*::: :->token" \
&& ret=0

    case $state in
    (token)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-token-command-$line[1]:"
        case $line[1] in
            (add)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(audit)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__audit_commands" \
"*::: :->audit" \
&& ret=0

    case $state in
    (audit)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-audit-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(package)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__package_commands" \
"*::: :->package" \
&& ret=0

    case $state in
    (package)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-package-command-$line[1]:"
        case $line[1] in
            (reset-serial)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(store)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__store_commands" \
"*::: :->store" \
&& ret=0

    case $state in
    (store)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-store-command-$line[1]:"
        case $line[1] in
            (make-key)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rekey)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(status)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(tls)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__tls_commands" \
"*::: :->tls" \
&& ret=0

    case $state in
    (tls)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-tls-command-$line[1]:"
        case $line[1] in
            (init)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(issue)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(key)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__key_commands" \
"*::: :->key" \
&& ret=0

    case $state in
    (key)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-key-command-$line[1]:"
        case $line[1] in
            (list-make)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list-sign)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(list-import)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(host)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__host_commands" \
"*::: :->host" \
&& ret=0

    case $state in
    (host)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-host-command-$line[1]:"
        case $line[1] in
            (ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rename)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(label)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(invite)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(admit)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(acknowledge)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rotate)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(disable)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(enable)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(cmd)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__cmd_commands" \
"*::: :->cmd" \
&& ret=0

    case $state in
    (cmd)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-cmd-command-$line[1]:"
        case $line[1] in
            (put)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(job)
_arguments "${_arguments_options[@]}" : \
":: :_pilotctl__subcmd__help__subcmd__job_commands" \
"*::: :->job" \
&& ret=0

    case $state in
    (job)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:pilotctl-help-job-command-$line[1]:"
        case $line[1] in
            (run)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(show)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cancel)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
(version)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_pilotctl_commands] )) ||
_pilotctl_commands() {
    local commands; commands=(
'serve:Run the service' \
'backup:Copy the service'\''s data while it runs, on the machine that has it' \
'user:Manage the users of the service; on the machine that has its data, also without it' \
'token:Make, list and remove API tokens, which programs sign in with' \
'audit:Show and verify who changed what' \
'package:Correct serials of the registry, on the machine that has its data' \
'store:Make or replace the store key, which seals the secrets in the database' \
'tls:Make certificates for the service' \
'key:Make and sign the list of keys that hosts trust' \
'host:List, invite, admit, disable and remove hosts' \
'cmd:Define commands' \
'job:Run commands on hosts' \
'version:Show the version; as JSON also commit and target of the build' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit_commands] )) ||
_pilotctl__subcmd__audit_commands() {
    local commands; commands=(
'ls:List changes, the newest first\: who made them, from where, and on what' \
'export:Print the whole log, the oldest entry first, as a line of JSON for each' \
'verify:Verify that no entry was changed, removed or added; exit code 1 if one was' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl audit commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__export_commands] )) ||
_pilotctl__subcmd__audit__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit export commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__help_commands] )) ||
_pilotctl__subcmd__audit__subcmd__help_commands() {
    local commands; commands=(
'ls:List changes, the newest first\: who made them, from where, and on what' \
'export:Print the whole log, the oldest entry first, as a line of JSON for each' \
'verify:Verify that no entry was changed, removed or added; exit code 1 if one was' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl audit help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__help__subcmd__export_commands] )) ||
_pilotctl__subcmd__audit__subcmd__help__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit help export commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__audit__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__audit__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__help__subcmd__verify_commands] )) ||
_pilotctl__subcmd__audit__subcmd__help__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit help verify commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__ls_commands] )) ||
_pilotctl__subcmd__audit__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__audit__subcmd__verify_commands] )) ||
_pilotctl__subcmd__audit__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl audit verify commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__backup_commands] )) ||
_pilotctl__subcmd__backup_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl backup commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd_commands] )) ||
_pilotctl__subcmd__cmd_commands() {
    local commands; commands=(
'put:Define a command, from a file of JSON or from options' \
'ls:List commands' \
'show:Show a command; secrets are masked' \
'rm:Remove a command' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl cmd commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help_commands() {
    local commands; commands=(
'put:Define a command, from a file of JSON or from options' \
'ls:List commands' \
'show:Show a command; secrets are masked' \
'rm:Remove a command' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl cmd help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help__subcmd__put_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help__subcmd__put_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd help put commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help__subcmd__rm_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd help rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__help__subcmd__show_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd help show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__ls_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__put_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__put_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd put commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__rm_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__cmd__subcmd__show_commands] )) ||
_pilotctl__subcmd__cmd__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl cmd show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help_commands] )) ||
_pilotctl__subcmd__help_commands() {
    local commands; commands=(
'serve:Run the service' \
'backup:Copy the service'\''s data while it runs, on the machine that has it' \
'user:Manage the users of the service; on the machine that has its data, also without it' \
'token:Make, list and remove API tokens, which programs sign in with' \
'audit:Show and verify who changed what' \
'package:Correct serials of the registry, on the machine that has its data' \
'store:Make or replace the store key, which seals the secrets in the database' \
'tls:Make certificates for the service' \
'key:Make and sign the list of keys that hosts trust' \
'host:List, invite, admit, disable and remove hosts' \
'cmd:Define commands' \
'job:Run commands on hosts' \
'version:Show the version; as JSON also commit and target of the build' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__audit_commands] )) ||
_pilotctl__subcmd__help__subcmd__audit_commands() {
    local commands; commands=(
'ls:List changes, the newest first\: who made them, from where, and on what' \
'export:Print the whole log, the oldest entry first, as a line of JSON for each' \
'verify:Verify that no entry was changed, removed or added; exit code 1 if one was' \
    )
    _describe -t commands 'pilotctl help audit commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__audit__subcmd__export_commands] )) ||
_pilotctl__subcmd__help__subcmd__audit__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help audit export commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__audit__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__audit__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help audit ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__audit__subcmd__verify_commands] )) ||
_pilotctl__subcmd__help__subcmd__audit__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help audit verify commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__backup_commands] )) ||
_pilotctl__subcmd__help__subcmd__backup_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help backup commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__cmd_commands] )) ||
_pilotctl__subcmd__help__subcmd__cmd_commands() {
    local commands; commands=(
'put:Define a command, from a file of JSON or from options' \
'ls:List commands' \
'show:Show a command; secrets are masked' \
'rm:Remove a command' \
    )
    _describe -t commands 'pilotctl help cmd commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__cmd__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__cmd__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help cmd ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__cmd__subcmd__put_commands] )) ||
_pilotctl__subcmd__help__subcmd__cmd__subcmd__put_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help cmd put commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__cmd__subcmd__rm_commands] )) ||
_pilotctl__subcmd__help__subcmd__cmd__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help cmd rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__cmd__subcmd__show_commands] )) ||
_pilotctl__subcmd__help__subcmd__cmd__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help cmd show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host_commands] )) ||
_pilotctl__subcmd__help__subcmd__host_commands() {
    local commands; commands=(
'ls:List hosts, including those that wait for admission' \
'show:Show a host\: its identity, place and condition' \
'rename:Give a host a name, which no other host has' \
'label:Give hosts labels, and take them away' \
'invite:Create an invitation\: a code with which hosts enrol' \
'admit:Admit a host that has asked, after comparing its key'\''s fingerprint' \
'acknowledge:Clear the note that a host was restored or cloned, until it happens again' \
'rotate:Have a host replace its key with its next ping' \
'disable:Disable a host\: control rejects its requests, and its jobs wait' \
'enable:Enable a disabled host' \
'rm:Remove a host\: control rejects its requests, and its jobs end' \
    )
    _describe -t commands 'pilotctl help host commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__acknowledge_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__acknowledge_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host acknowledge commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__admit_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__admit_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host admit commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__disable_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__disable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host disable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__enable_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__enable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host enable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__invite_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__invite_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host invite commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__label_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__label_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host label commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__rename_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host rename commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__rm_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__rotate_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__rotate_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host rotate commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__host__subcmd__show_commands] )) ||
_pilotctl__subcmd__help__subcmd__host__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help host show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job_commands] )) ||
_pilotctl__subcmd__help__subcmd__job_commands() {
    local commands; commands=(
'run:Run a command on hosts; prints the batch'\''s id' \
'ls:List jobs, the newest first' \
'show:Show a job, and its output so far or its result' \
'cancel:Cancel a job\: if it waits it never begins, if it runs its host ends it' \
'rm:Remove jobs that have ended\: control forgets them and their output' \
    )
    _describe -t commands 'pilotctl help job commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job__subcmd__cancel_commands] )) ||
_pilotctl__subcmd__help__subcmd__job__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help job cancel commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__job__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help job ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job__subcmd__rm_commands] )) ||
_pilotctl__subcmd__help__subcmd__job__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help job rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job__subcmd__run_commands] )) ||
_pilotctl__subcmd__help__subcmd__job__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help job run commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__job__subcmd__show_commands] )) ||
_pilotctl__subcmd__help__subcmd__job__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help job show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key_commands] )) ||
_pilotctl__subcmd__help__subcmd__key_commands() {
    local commands; commands=(
'list-make:Make a list, for \`key list-sign\`' \
'list-sign:Sign a list with the root key' \
'list-import:Give a signed list to a running service, and with it to all hosts' \
'ls:Show the list of a running service, and how many hosts trust it' \
'show:Show the fingerprints in a list or in files of keys' \
    )
    _describe -t commands 'pilotctl help key commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key__subcmd__list-import_commands] )) ||
_pilotctl__subcmd__help__subcmd__key__subcmd__list-import_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help key list-import commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key__subcmd__list-make_commands] )) ||
_pilotctl__subcmd__help__subcmd__key__subcmd__list-make_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help key list-make commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key__subcmd__list-sign_commands] )) ||
_pilotctl__subcmd__help__subcmd__key__subcmd__list-sign_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help key list-sign commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__key__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help key ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__key__subcmd__show_commands] )) ||
_pilotctl__subcmd__help__subcmd__key__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help key show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__package_commands] )) ||
_pilotctl__subcmd__help__subcmd__package_commands() {
    local commands; commands=(
'reset-serial:Lower the highest serial of a tag that a wrong clock has set into the future' \
    )
    _describe -t commands 'pilotctl help package commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__package__subcmd__reset-serial_commands] )) ||
_pilotctl__subcmd__help__subcmd__package__subcmd__reset-serial_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help package reset-serial commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__serve_commands] )) ||
_pilotctl__subcmd__help__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help serve commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__store_commands] )) ||
_pilotctl__subcmd__help__subcmd__store_commands() {
    local commands; commands=(
'make-key:Make a key for a database that does not exist yet, or has none' \
'rekey:Seal everything with a new key; stop the service first' \
'status:Show how large the database is and what is in it; the service may run meanwhile' \
    )
    _describe -t commands 'pilotctl help store commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__store__subcmd__make-key_commands] )) ||
_pilotctl__subcmd__help__subcmd__store__subcmd__make-key_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help store make-key commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__store__subcmd__rekey_commands] )) ||
_pilotctl__subcmd__help__subcmd__store__subcmd__rekey_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help store rekey commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__store__subcmd__status_commands] )) ||
_pilotctl__subcmd__help__subcmd__store__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help store status commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__tls_commands] )) ||
_pilotctl__subcmd__help__subcmd__tls_commands() {
    local commands; commands=(
'init:Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued' \
'issue:Make another certificate for the service (server.pem, server.key), issued by the CA of \`tls init\`, which hosts trust already' \
    )
    _describe -t commands 'pilotctl help tls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__tls__subcmd__init_commands] )) ||
_pilotctl__subcmd__help__subcmd__tls__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help tls init commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__tls__subcmd__issue_commands] )) ||
_pilotctl__subcmd__help__subcmd__tls__subcmd__issue_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help tls issue commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__token_commands] )) ||
_pilotctl__subcmd__help__subcmd__token_commands() {
    local commands; commands=(
'add:Make a token, and show it once' \
'ls:List your tokens; an admin, those of all users' \
'rm:Remove a token\: the service rejects it from now on' \
    )
    _describe -t commands 'pilotctl help token commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__token__subcmd__add_commands] )) ||
_pilotctl__subcmd__help__subcmd__token__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help token add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__token__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__token__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help token ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__token__subcmd__rm_commands] )) ||
_pilotctl__subcmd__help__subcmd__token__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help token rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user_commands] )) ||
_pilotctl__subcmd__help__subcmd__user_commands() {
    local commands; commands=(
'add:Add a user; the password comes from a prompt, from a file or from standard input' \
'ls:List users' \
'role:Give a user another role; it holds from the next request on' \
'password:Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input' \
'rm:Remove a user' \
    )
    _describe -t commands 'pilotctl help user commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user__subcmd__add_commands] )) ||
_pilotctl__subcmd__help__subcmd__user__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help user add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user__subcmd__ls_commands] )) ||
_pilotctl__subcmd__help__subcmd__user__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help user ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user__subcmd__password_commands] )) ||
_pilotctl__subcmd__help__subcmd__user__subcmd__password_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help user password commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user__subcmd__rm_commands] )) ||
_pilotctl__subcmd__help__subcmd__user__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help user rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__user__subcmd__role_commands] )) ||
_pilotctl__subcmd__help__subcmd__user__subcmd__role_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help user role commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__help__subcmd__version_commands] )) ||
_pilotctl__subcmd__help__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl help version commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host_commands] )) ||
_pilotctl__subcmd__host_commands() {
    local commands; commands=(
'ls:List hosts, including those that wait for admission' \
'show:Show a host\: its identity, place and condition' \
'rename:Give a host a name, which no other host has' \
'label:Give hosts labels, and take them away' \
'invite:Create an invitation\: a code with which hosts enrol' \
'admit:Admit a host that has asked, after comparing its key'\''s fingerprint' \
'acknowledge:Clear the note that a host was restored or cloned, until it happens again' \
'rotate:Have a host replace its key with its next ping' \
'disable:Disable a host\: control rejects its requests, and its jobs wait' \
'enable:Enable a disabled host' \
'rm:Remove a host\: control rejects its requests, and its jobs end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl host commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__acknowledge_commands] )) ||
_pilotctl__subcmd__host__subcmd__acknowledge_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host acknowledge commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__admit_commands] )) ||
_pilotctl__subcmd__host__subcmd__admit_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host admit commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__disable_commands] )) ||
_pilotctl__subcmd__host__subcmd__disable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host disable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__enable_commands] )) ||
_pilotctl__subcmd__host__subcmd__enable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host enable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help_commands] )) ||
_pilotctl__subcmd__host__subcmd__help_commands() {
    local commands; commands=(
'ls:List hosts, including those that wait for admission' \
'show:Show a host\: its identity, place and condition' \
'rename:Give a host a name, which no other host has' \
'label:Give hosts labels, and take them away' \
'invite:Create an invitation\: a code with which hosts enrol' \
'admit:Admit a host that has asked, after comparing its key'\''s fingerprint' \
'acknowledge:Clear the note that a host was restored or cloned, until it happens again' \
'rotate:Have a host replace its key with its next ping' \
'disable:Disable a host\: control rejects its requests, and its jobs wait' \
'enable:Enable a disabled host' \
'rm:Remove a host\: control rejects its requests, and its jobs end' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl host help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__acknowledge_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__acknowledge_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help acknowledge commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__admit_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__admit_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help admit commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__disable_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__disable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help disable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__enable_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__enable_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help enable commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__invite_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__invite_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help invite commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__label_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__label_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help label commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__rename_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help rename commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__rm_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__rotate_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__rotate_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help rotate commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__help__subcmd__show_commands] )) ||
_pilotctl__subcmd__host__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host help show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__invite_commands] )) ||
_pilotctl__subcmd__host__subcmd__invite_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host invite commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__label_commands] )) ||
_pilotctl__subcmd__host__subcmd__label_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host label commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__ls_commands] )) ||
_pilotctl__subcmd__host__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__rename_commands] )) ||
_pilotctl__subcmd__host__subcmd__rename_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host rename commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__rm_commands] )) ||
_pilotctl__subcmd__host__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__rotate_commands] )) ||
_pilotctl__subcmd__host__subcmd__rotate_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host rotate commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__host__subcmd__show_commands] )) ||
_pilotctl__subcmd__host__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl host show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job_commands] )) ||
_pilotctl__subcmd__job_commands() {
    local commands; commands=(
'run:Run a command on hosts; prints the batch'\''s id' \
'ls:List jobs, the newest first' \
'show:Show a job, and its output so far or its result' \
'cancel:Cancel a job\: if it waits it never begins, if it runs its host ends it' \
'rm:Remove jobs that have ended\: control forgets them and their output' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl job commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__cancel_commands] )) ||
_pilotctl__subcmd__job__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job cancel commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help_commands] )) ||
_pilotctl__subcmd__job__subcmd__help_commands() {
    local commands; commands=(
'run:Run a command on hosts; prints the batch'\''s id' \
'ls:List jobs, the newest first' \
'show:Show a job, and its output so far or its result' \
'cancel:Cancel a job\: if it waits it never begins, if it runs its host ends it' \
'rm:Remove jobs that have ended\: control forgets them and their output' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl job help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__cancel_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__cancel_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help cancel commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__rm_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__run_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help run commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__help__subcmd__show_commands] )) ||
_pilotctl__subcmd__job__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job help show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__ls_commands] )) ||
_pilotctl__subcmd__job__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__rm_commands] )) ||
_pilotctl__subcmd__job__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__run_commands] )) ||
_pilotctl__subcmd__job__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job run commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__job__subcmd__show_commands] )) ||
_pilotctl__subcmd__job__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl job show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key_commands] )) ||
_pilotctl__subcmd__key_commands() {
    local commands; commands=(
'list-make:Make a list, for \`key list-sign\`' \
'list-sign:Sign a list with the root key' \
'list-import:Give a signed list to a running service, and with it to all hosts' \
'ls:Show the list of a running service, and how many hosts trust it' \
'show:Show the fingerprints in a list or in files of keys' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl key commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help_commands] )) ||
_pilotctl__subcmd__key__subcmd__help_commands() {
    local commands; commands=(
'list-make:Make a list, for \`key list-sign\`' \
'list-sign:Sign a list with the root key' \
'list-import:Give a signed list to a running service, and with it to all hosts' \
'ls:Show the list of a running service, and how many hosts trust it' \
'show:Show the fingerprints in a list or in files of keys' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl key help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__list-import_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__list-import_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help list-import commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__list-make_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__list-make_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help list-make commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__list-sign_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__list-sign_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help list-sign commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__help__subcmd__show_commands] )) ||
_pilotctl__subcmd__key__subcmd__help__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key help show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__list-import_commands] )) ||
_pilotctl__subcmd__key__subcmd__list-import_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key list-import commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__list-make_commands] )) ||
_pilotctl__subcmd__key__subcmd__list-make_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key list-make commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__list-sign_commands] )) ||
_pilotctl__subcmd__key__subcmd__list-sign_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key list-sign commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__ls_commands] )) ||
_pilotctl__subcmd__key__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__key__subcmd__show_commands] )) ||
_pilotctl__subcmd__key__subcmd__show_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl key show commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__package_commands] )) ||
_pilotctl__subcmd__package_commands() {
    local commands; commands=(
'reset-serial:Lower the highest serial of a tag that a wrong clock has set into the future' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl package commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__package__subcmd__help_commands] )) ||
_pilotctl__subcmd__package__subcmd__help_commands() {
    local commands; commands=(
'reset-serial:Lower the highest serial of a tag that a wrong clock has set into the future' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl package help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__package__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__package__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl package help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__package__subcmd__help__subcmd__reset-serial_commands] )) ||
_pilotctl__subcmd__package__subcmd__help__subcmd__reset-serial_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl package help reset-serial commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__package__subcmd__reset-serial_commands] )) ||
_pilotctl__subcmd__package__subcmd__reset-serial_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl package reset-serial commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__serve_commands] )) ||
_pilotctl__subcmd__serve_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl serve commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store_commands] )) ||
_pilotctl__subcmd__store_commands() {
    local commands; commands=(
'make-key:Make a key for a database that does not exist yet, or has none' \
'rekey:Seal everything with a new key; stop the service first' \
'status:Show how large the database is and what is in it; the service may run meanwhile' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl store commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__help_commands] )) ||
_pilotctl__subcmd__store__subcmd__help_commands() {
    local commands; commands=(
'make-key:Make a key for a database that does not exist yet, or has none' \
'rekey:Seal everything with a new key; stop the service first' \
'status:Show how large the database is and what is in it; the service may run meanwhile' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl store help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__store__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__help__subcmd__make-key_commands] )) ||
_pilotctl__subcmd__store__subcmd__help__subcmd__make-key_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store help make-key commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__help__subcmd__rekey_commands] )) ||
_pilotctl__subcmd__store__subcmd__help__subcmd__rekey_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store help rekey commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__help__subcmd__status_commands] )) ||
_pilotctl__subcmd__store__subcmd__help__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store help status commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__make-key_commands] )) ||
_pilotctl__subcmd__store__subcmd__make-key_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store make-key commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__rekey_commands] )) ||
_pilotctl__subcmd__store__subcmd__rekey_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store rekey commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__store__subcmd__status_commands] )) ||
_pilotctl__subcmd__store__subcmd__status_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl store status commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls_commands] )) ||
_pilotctl__subcmd__tls_commands() {
    local commands; commands=(
'init:Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued' \
'issue:Make another certificate for the service (server.pem, server.key), issued by the CA of \`tls init\`, which hosts trust already' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl tls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__help_commands] )) ||
_pilotctl__subcmd__tls__subcmd__help_commands() {
    local commands; commands=(
'init:Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued' \
'issue:Make another certificate for the service (server.pem, server.key), issued by the CA of \`tls init\`, which hosts trust already' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl tls help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__tls__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl tls help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__help__subcmd__init_commands] )) ||
_pilotctl__subcmd__tls__subcmd__help__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl tls help init commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__help__subcmd__issue_commands] )) ||
_pilotctl__subcmd__tls__subcmd__help__subcmd__issue_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl tls help issue commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__init_commands] )) ||
_pilotctl__subcmd__tls__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl tls init commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__tls__subcmd__issue_commands] )) ||
_pilotctl__subcmd__tls__subcmd__issue_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl tls issue commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token_commands] )) ||
_pilotctl__subcmd__token_commands() {
    local commands; commands=(
'add:Make a token, and show it once' \
'ls:List your tokens; an admin, those of all users' \
'rm:Remove a token\: the service rejects it from now on' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl token commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__add_commands] )) ||
_pilotctl__subcmd__token__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__help_commands] )) ||
_pilotctl__subcmd__token__subcmd__help_commands() {
    local commands; commands=(
'add:Make a token, and show it once' \
'ls:List your tokens; an admin, those of all users' \
'rm:Remove a token\: the service rejects it from now on' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl token help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__help__subcmd__add_commands] )) ||
_pilotctl__subcmd__token__subcmd__help__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token help add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__token__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__token__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__help__subcmd__rm_commands] )) ||
_pilotctl__subcmd__token__subcmd__help__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token help rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__ls_commands] )) ||
_pilotctl__subcmd__token__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__token__subcmd__rm_commands] )) ||
_pilotctl__subcmd__token__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl token rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user_commands] )) ||
_pilotctl__subcmd__user_commands() {
    local commands; commands=(
'add:Add a user; the password comes from a prompt, from a file or from standard input' \
'ls:List users' \
'role:Give a user another role; it holds from the next request on' \
'password:Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input' \
'rm:Remove a user' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl user commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__add_commands] )) ||
_pilotctl__subcmd__user__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help_commands] )) ||
_pilotctl__subcmd__user__subcmd__help_commands() {
    local commands; commands=(
'add:Add a user; the password comes from a prompt, from a file or from standard input' \
'ls:List users' \
'role:Give a user another role; it holds from the next request on' \
'password:Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input' \
'rm:Remove a user' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'pilotctl user help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__add_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__add_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help add commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__help_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help help commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__ls_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__password_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__password_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help password commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__rm_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__help__subcmd__role_commands] )) ||
_pilotctl__subcmd__user__subcmd__help__subcmd__role_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user help role commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__ls_commands] )) ||
_pilotctl__subcmd__user__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user ls commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__password_commands] )) ||
_pilotctl__subcmd__user__subcmd__password_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user password commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__rm_commands] )) ||
_pilotctl__subcmd__user__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user rm commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__user__subcmd__role_commands] )) ||
_pilotctl__subcmd__user__subcmd__role_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl user role commands' commands "$@"
}
(( $+functions[_pilotctl__subcmd__version_commands] )) ||
_pilotctl__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'pilotctl version commands' commands "$@"
}

if [ "$funcstack[1]" = "_pilotctl" ]; then
    _pilotctl "$@"
else
    compdef _pilotctl pilotctl
fi
