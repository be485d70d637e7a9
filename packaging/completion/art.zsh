#compdef art

autoload -U is-at-least

_art() {
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
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_art_commands" \
"*::: :->art" \
&& ret=0
    case $state in
    (art)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:art-command-$line[1]:"
        case $line[1] in
            (pgp)
_arguments "${_arguments_options[@]}" : \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
":: :_art__subcmd__pgp_commands" \
"*::: :->pgp" \
&& ret=0

    case $state in
    (pgp)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:art-pgp-command-$line[1]:"
        case $line[1] in
            (gen)
_arguments "${_arguments_options[@]}" : \
'-n+[Whose key it is; the files are called after it]:NAME:_default' \
'--name=[Whose key it is; the files are called after it]:NAME:_default' \
'-e+[E-mail address]:EMAIL:_default' \
'--email=[E-mail address]:EMAIL:_default' \
'-c+[What the key is for]:COMMENT:_default' \
'--comment=[What the key is for]:COMMENT:_default' \
'--algorithm=[ed25519 or rsa3072]:ALGORITHM:_default' \
'-o+[Folder to write the two files into]:DIR:_files' \
'--output=[Folder to write the two files into]:DIR:_files' \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
        esac
    ;;
esac
;;
(init)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
'::path -- Folder to write build.yaml into:_files' \
&& ret=0
;;
(build)
_arguments "${_arguments_options[@]}" : \
'-t+[domain/group/name\:tag; the tag defaults to latest]:NAME:_default' \
'--tag=[domain/group/name\:tag; the tag defaults to latest]:NAME:_default' \
'-p+[Profile of build.yaml (default\: the one marked \`default\`, or the only one)]:PROFILE:_default' \
'--profile=[Profile of build.yaml (default\: the one marked \`default\`, or the only one)]:PROFILE:_default' \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
'::path -- Folder that holds build.yaml:_files' \
&& ret=0
;;
(sign)
_arguments "${_arguments_options[@]}" : \
'-k+[File of the secret key (default ARTISAN_HOME/keys/sign.pgp)]:FILE:_files' \
'--key=[File of the secret key (default ARTISAN_HOME/keys/sign.pgp)]:FILE:_files' \
'--reset-serial[Pass over a last serial that is ahead of the clock, after a clock that was]' \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Package in the local store:_default' \
&& ret=0
;;
(push)
_arguments "${_arguments_options[@]}" : \
'-u+[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--user=[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--unsigned[Upload an unsigned package; hosts refuse to run it]' \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Package in the local store:_default' \
&& ret=0
;;
(pull)
_arguments "${_arguments_options[@]}" : \
'-u+[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--user=[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- domain/group/name\:tag:_default' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':name -- Package in the local store:_default' \
&& ret=0
;;
(exe)
_arguments "${_arguments_options[@]}" : \
'-u+[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--user=[User name for the registry; the password is taken from ART_REG_PWD]:USER:_default' \
'--supervised[Take inputs and credentials from the agent, which is at the standard input]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':package -- domain/group/name\:tag:_default' \
':function -- An exported function:_default' \
&& ret=0
;;
(run)
_arguments "${_arguments_options[@]}" : \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
':function -- A function of build.yaml, exported or not:_default' \
'::path -- Folder that holds build.yaml; the function runs in it:_files' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(version)
_arguments "${_arguments_options[@]}" : \
'--json[Print JSON]' \
'-v[Report each step on standard error]' \
'--verbose[Report each step on standard error]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
        esac
    ;;
esac
}

(( $+functions[_art_commands] )) ||
_art_commands() {
    local commands; commands=(
'pgp:Keys' \
'init:Write a first build.yaml, with comments' \
'build:Pack a folder as its build.yaml says' \
'sign:Sign a package under its name' \
'push:Upload a package to its registry' \
'pull:Fetch a package from its registry; its signature is not checked, nothing is run' \
'verify:Check a package in the local store\: digest, signature, serial' \
'exe:Fetch and verify a package, then run one of its exported functions' \
'run:Run any function of a local build.yaml' \
'ls:List the packages in the local store' \
'version:Show the version; as JSON also commit and target of the build' \
    )
    _describe -t commands 'art commands' commands "$@"
}
(( $+functions[_art__subcmd__build_commands] )) ||
_art__subcmd__build_commands() {
    local commands; commands=()
    _describe -t commands 'art build commands' commands "$@"
}
(( $+functions[_art__subcmd__exe_commands] )) ||
_art__subcmd__exe_commands() {
    local commands; commands=()
    _describe -t commands 'art exe commands' commands "$@"
}
(( $+functions[_art__subcmd__init_commands] )) ||
_art__subcmd__init_commands() {
    local commands; commands=()
    _describe -t commands 'art init commands' commands "$@"
}
(( $+functions[_art__subcmd__ls_commands] )) ||
_art__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'art ls commands' commands "$@"
}
(( $+functions[_art__subcmd__pgp_commands] )) ||
_art__subcmd__pgp_commands() {
    local commands; commands=(
'gen:Make a key pair\: NAME_pub.pgp to give away, NAME_key.pgp to keep' \
    )
    _describe -t commands 'art pgp commands' commands "$@"
}
(( $+functions[_art__subcmd__pgp__subcmd__gen_commands] )) ||
_art__subcmd__pgp__subcmd__gen_commands() {
    local commands; commands=()
    _describe -t commands 'art pgp gen commands' commands "$@"
}
(( $+functions[_art__subcmd__pull_commands] )) ||
_art__subcmd__pull_commands() {
    local commands; commands=()
    _describe -t commands 'art pull commands' commands "$@"
}
(( $+functions[_art__subcmd__push_commands] )) ||
_art__subcmd__push_commands() {
    local commands; commands=()
    _describe -t commands 'art push commands' commands "$@"
}
(( $+functions[_art__subcmd__run_commands] )) ||
_art__subcmd__run_commands() {
    local commands; commands=()
    _describe -t commands 'art run commands' commands "$@"
}
(( $+functions[_art__subcmd__sign_commands] )) ||
_art__subcmd__sign_commands() {
    local commands; commands=()
    _describe -t commands 'art sign commands' commands "$@"
}
(( $+functions[_art__subcmd__verify_commands] )) ||
_art__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'art verify commands' commands "$@"
}
(( $+functions[_art__subcmd__version_commands] )) ||
_art__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'art version commands' commands "$@"
}

if [ "$funcstack[1]" = "_art" ]; then
    _art "$@"
else
    compdef _art art
fi
