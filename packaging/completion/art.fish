# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_art_global_optspecs
    string join \n v/verbose h/help V/version
end

function __fish_art_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_art_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_art_using_subcommand
    set -l cmd (__fish_art_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c art -n "__fish_art_needs_command" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_needs_command" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_needs_command" -s V -l version -d 'Print version'
complete -c art -n "__fish_art_needs_command" -f -a "pgp" -d 'Keys'
complete -c art -n "__fish_art_needs_command" -f -a "init" -d 'Write a first build.yaml, with comments'
complete -c art -n "__fish_art_needs_command" -f -a "build" -d 'Pack a folder as its build.yaml says'
complete -c art -n "__fish_art_needs_command" -f -a "sign" -d 'Sign a package under its name'
complete -c art -n "__fish_art_needs_command" -f -a "push" -d 'Upload a package to its registry'
complete -c art -n "__fish_art_needs_command" -f -a "pull" -d 'Fetch a package from its registry; its signature is not checked, nothing is run'
complete -c art -n "__fish_art_needs_command" -f -a "verify" -d 'Check a package in the local store: digest, signature, serial'
complete -c art -n "__fish_art_needs_command" -f -a "exe" -d 'Fetch and verify a package, then run one of its exported functions'
complete -c art -n "__fish_art_needs_command" -f -a "run" -d 'Run any function of a local build.yaml'
complete -c art -n "__fish_art_needs_command" -f -a "ls" -d 'List the packages in the local store'
complete -c art -n "__fish_art_needs_command" -f -a "version" -d 'Show the version; as JSON also commit and target of the build'
complete -c art -n "__fish_art_using_subcommand pgp; and not __fish_seen_subcommand_from gen" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand pgp; and not __fish_seen_subcommand_from gen" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand pgp; and not __fish_seen_subcommand_from gen" -f -a "gen" -d 'Make a key pair: NAME_pub.pgp to give away, NAME_key.pgp to keep'
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s n -l name -d 'Whose key it is; the files are called after it' -r
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s e -l email -d 'E-mail address' -r
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s c -l comment -d 'What the key is for' -r
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -l algorithm -d 'ed25519 or rsa3072' -r
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s o -l output -d 'Folder to write the two files into' -r -F
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand pgp; and __fish_seen_subcommand_from gen" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand init" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand init" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand init" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand build" -s t -l tag -d 'domain/group/name:tag; the tag defaults to latest' -r
complete -c art -n "__fish_art_using_subcommand build" -s p -l profile -d 'Profile of build.yaml (default: the one marked `default`, or the only one)' -r
complete -c art -n "__fish_art_using_subcommand build" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand build" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand build" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand sign" -s k -l key -d 'File of the secret key (default ARTISAN_HOME/keys/sign.pgp)' -r -F
complete -c art -n "__fish_art_using_subcommand sign" -l reset-serial -d 'Pass over a last serial that is ahead of the clock, after a clock that was'
complete -c art -n "__fish_art_using_subcommand sign" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand sign" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand sign" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand push" -s u -l user -d 'User name for the registry; the password is taken from ART_REG_PWD' -r
complete -c art -n "__fish_art_using_subcommand push" -l unsigned -d 'Upload an unsigned package; hosts refuse to run it'
complete -c art -n "__fish_art_using_subcommand push" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand push" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand push" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand pull" -s u -l user -d 'User name for the registry; the password is taken from ART_REG_PWD' -r
complete -c art -n "__fish_art_using_subcommand pull" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand pull" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand pull" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand verify" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand verify" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand verify" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand exe" -s u -l user -d 'User name for the registry; the password is taken from ART_REG_PWD' -r
complete -c art -n "__fish_art_using_subcommand exe" -l supervised -d 'Take inputs and credentials from the agent, which is at the standard input'
complete -c art -n "__fish_art_using_subcommand exe" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand exe" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand run" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand run" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand ls" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand ls" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand ls" -s h -l help -d 'Print help'
complete -c art -n "__fish_art_using_subcommand version" -l json -d 'Print JSON'
complete -c art -n "__fish_art_using_subcommand version" -s v -l verbose -d 'Report each step on standard error'
complete -c art -n "__fish_art_using_subcommand version" -s h -l help -d 'Print help'
