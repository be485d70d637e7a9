//! What the packages' scripts and the tarball's installer do as root, in namespaces in
//! which /etc, /usr and /var are copies: `cargo campaign install-test` has whole machines.

use lab::programs::programs;
use lab::run;
use needs::{Need, lacks};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Changes to these folders are the namespace's alone, and no service manager and no
/// process of this machine can be reached from it.
const APART: &str = r#"
set -e
mount -t tmpfs tmpfs "$SPACE"
for folder in etc usr var; do
    mkdir "$SPACE/$folder" "$SPACE/$folder.work"
    mount -t overlay -o "lowerdir=/$folder,upperdir=$SPACE/$folder,workdir=$SPACE/$folder.work" overlay "/$folder"
done
mount -t tmpfs tmpfs /run
cd "$PACKAGE"
eval "$STORY"
"#;

/// A host whose agent's user could write to the folder of the settings.
const OLD_LAYOUT: &str = r#"
getent group piloth > /dev/null || groupadd --system piloth
getent passwd piloth > /dev/null || useradd --system --gid piloth --no-create-home --home-dir /var/lib/pilot piloth
rm -rf /etc/pilot /var/lib/pilot
mkdir /etc/pilot
install -d -o piloth -g piloth -m 0700 /var/lib/pilot
chown root:piloth /etc/pilot
chmod 2770 /etc/pilot
as_job() { setpriv --reuid piloth --regid piloth --clear-groups -- sh -ec "cd /etc/pilot; $1"; }
look() { stat -c '%n %U:%G %a' "$@"; }
by_deb() {
    install -D -m 755 settings-folder.sh /usr/share/host-pilot/settings-folder.sh
    sh deb/preinst upgrade 0.1.0
    sh deb/postinst configure 0.1.0
}
by_rpm() {
    install -D -m 755 settings-folder.sh /usr/share/host-pilot/settings-folder.sh
    sh rpm/pre.sh 2
    sh rpm/post.sh 2
}
"#;

/// What the packages have of the checkout, and the programs.
fn package() -> TempDir {
    let folder = TempDir::new().unwrap();
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging");
    for place in [
        "tarball",
        "systemd",
        "man",
        "completion",
        "deb/pilot",
        "rpm/pilot",
        "openrc",
        "",
    ] {
        // As they lie in a tarball, and the scripts apart.
        let into = match place {
            "deb/pilot" => folder.path().join("deb"),
            "rpm/pilot" => folder.path().join("rpm"),
            "openrc" => folder.path().join("openrc"),
            _ => folder.path().to_owned(),
        };
        fs::create_dir_all(&into).unwrap();
        for file in fs::read_dir(packaging.join(place)).unwrap().flatten() {
            if file.file_type().unwrap().is_file() {
                fs::copy(file.path(), into.join(file.file_name())).unwrap();
            }
        }
    }
    for program in [&programs().pilot, &programs().art] {
        fs::copy(program, folder.path().join(program.file_name().unwrap())).unwrap();
    }
    folder
}

/// Overlays are not everywhere, and neither may all make one.
#[track_caller]
fn lacks_overlays() -> bool {
    const ATTEMPT: &[&str] = &[
        "unshare",
        "--mount",
        "sh",
        "-c",
        "mount -t tmpfs tmpfs /mnt && mkdir /mnt/a /mnt/b && \
         mount -t overlay -o lowerdir=/etc,upperdir=/mnt/a,workdir=/mnt/b overlay /etc",
    ];
    lacks(&[
        Need::Root,
        Need::Ability("to mount an overlay file system", ATTEMPT),
    ])
}

/// Runs a story as root of such a host and returns what it printed.
fn tell(story: &str) -> String {
    let (package, space) = (package(), TempDir::new().unwrap());
    let mut apart = Command::new("unshare");
    apart
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
            "sh",
            "-c",
            APART,
        ])
        .env("PACKAGE", package.path())
        .env("SPACE", space.path())
        .env("STORY", format!("{OLD_LAYOUT}\n{story}"));
    run(&mut apart)
}

/// Each of the three that install as root.
const INSTALLERS: [&str; 3] = ["sh ./install.sh", "by_deb", "by_rpm"];

#[test]
fn a_link_that_a_job_planted_is_not_followed() {
    if lacks_overlays() {
        return;
    }
    for install in INSTALLERS {
        let story = format!(
            "before=$(look /etc/shadow)
            as_job 'ln -s /etc/shadow pilot.conf; ln -s /root/made web.conf; ln -s /etc enrol.d'
            etc=$(look /etc)
            {install} > /dev/null 2>&1
            [ \"$(look /etc/shadow)\" = \"$before\" ]
            [ \"$(look /etc)\" = \"$etc\" ]
            for link in pilot.conf web.conf enrol.d; do [ ! -L /etc/pilot/$link ]; done
            [ ! -e /root/made ]
            look /etc/pilot /etc/pilot/enrol.d"
        );
        let said = tell(&story);
        assert_eq!(
            said, "/etc/pilot root:piloth 750\n/etc/pilot/enrol.d piloth:piloth 700\n",
            "{install}"
        );
    }
}

#[test]
fn an_upgrade_gives_to_root_what_a_job_could_change() {
    if lacks_overlays() {
        return;
    }
    for install in INSTALLERS {
        let story = format!(
            "echo '# of root' > /etc/pilot/web.conf
            chmod 664 /etc/pilot/web.conf
            as_job 'echo PILOT_WAIT=7 > pilot.conf; mkdir tls; echo ca > tls/ca.pem; mkfifo pipe
                umask 077; echo code > enrol'
            as_job 'exec 3>> pilot.conf; sleep 0.1; while [ -O pilot.conf ]; do sleep 0.1; done
                echo PILOT_WAIT=8 >&3' &
            {install} > /dev/null 2>&1
            wait
            cd /etc/pilot
            look . pilot.conf web.conf tls tls/ca.pem enrol.d enrol.d/enrol
            cat pilot.conf enrol.d/enrol
            [ ! -e pipe ] && [ ! -e enrol ]
            ! as_job 'echo >> pilot.conf || echo > tls/more' 2> /dev/null"
        );
        let said = tell(&story);
        assert_eq!(
            said,
            ". root:piloth 750\n\
             pilot.conf root:piloth 640\n\
             web.conf root:piloth 644\n\
             tls root:piloth 750\n\
             tls/ca.pem root:piloth 640\n\
             enrol.d piloth:piloth 700\n\
             enrol.d/enrol piloth:piloth 600\n\
             PILOT_WAIT=7\ncode\n",
            "{install}"
        );
    }
}

/// A user who may not open a file may have linked it under another name, where the kernel allows
/// it.
#[test]
fn another_name_of_a_file_of_roots_is_left_alone() {
    if lacks_overlays() {
        return;
    }
    for install in INSTALLERS {
        let story = format!(
            "echo precious > /etc/precious
            chmod 600 /etc/precious
            ln /etc/precious /etc/pilot/pilot.conf
            {install} > /dev/null 2>&1
            look /etc/precious; cat /etc/precious"
        );
        let said = tell(&story);
        assert_eq!(said, "/etc/precious root:root 600\nprecious\n", "{install}");
    }
}

/// It would decide for root from then on.
#[test]
fn an_upgrade_makes_nothing_roots_that_an_agent_of_root_would_believe() {
    if lacks_overlays() {
        return;
    }
    for install in INSTALLERS {
        let story = format!(
            "as_job 'echo PILOT_WAIT=7 > pilot.conf'
            chown -R root: /var/lib/pilot
            {install} > /dev/null 2> said || cat said
            look /etc/pilot/pilot.conf /etc/pilot/enrol.d
            grep -o 'then run: chown root: .*' said
            ! /usr/bin/pilot status 2> said
            grep -o 'run `chown root: /etc/pilot/pilot.conf`' said"
        );
        let said = tell(&format!("install -m 755 pilot art /usr/bin/\n{story}"));
        assert_eq!(
            said,
            "/etc/pilot/pilot.conf piloth:piloth 644\n\
             /etc/pilot/enrol.d root:root 700\n\
             then run: chown root: /etc/pilot/pilot.conf\n\
             run `chown root: /etc/pilot/pilot.conf`\n",
            "{install}"
        );
    }
}
