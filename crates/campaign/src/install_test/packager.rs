//! What brings the programs onto a host and takes them away: command lines, as
//! docs/operations/install.md has them.

/// dpkg, rpm, or the tarball's own script.
pub(super) struct Packager {
    /// How its files end that the machine is given.
    pub(super) files: &'static str,
    /// Installs agent and runner.
    pub(super) install: &'static str,
    /// Succeeds when what is installed is as the packages have it.
    pub(super) verify: &'static str,
    /// Installs a newer version of the agent, whose configuration file is another.
    pub(super) upgrade: &'static str,
    /// Goes back to the one before.
    pub(super) downgrade: &'static str,
    /// Removes the agent.
    pub(super) remove: &'static str,
    /// Installs the agent after that.
    pub(super) install_again: &'static str,
    /// The agent's man page.
    pub(super) page: &'static str,
    /// The configuration that somebody has changed, after the removal.
    pub(super) kept: &'static str,
}

/// The same of control, which the tarball does not have.
pub(super) struct OfControl {
    pub(super) install: &'static str,
    pub(super) upgrade: &'static str,
    pub(super) remove: &'static str,
    /// Its settings after the removal.
    pub(super) kept: &'static str,
}

pub(super) static DPKG: Packager = Packager {
    files: ".deb",
    install: "dpkg -i /root/host-pilot-art_*.deb /root/host-pilot_*.deb",
    verify: "dpkg --verify host-pilot host-pilot-art",
    // Answers its question about the configuration, as nobody is there to do so.
    upgrade: "dpkg-deb -R /root/host-pilot_*.deb /root/newer && \
         sed -i 's/^Version: .*/Version: 99.0-1/' /root/newer/DEBIAN/control && \
         echo '# of the newer version' >> /root/newer/etc/pilot/pilot.conf && \
         dpkg-deb -Zgzip -z1 -b /root/newer /root/newer.deb && dpkg --force-confold -i /root/newer.deb",
    downgrade: "dpkg --force-confold -i /root/host-pilot_*.deb",
    remove: "dpkg -r host-pilot",
    install_again: "dpkg -i /root/host-pilot_*.deb",
    page: "/usr/share/man/man1/pilot.1.gz",
    kept: "/etc/pilot/pilot.conf",
};

pub(super) static RPM: Packager = Packager {
    files: ".rpm",
    install: "rpm -i /root/host-pilot-0*.rpm /root/host-pilot-art-*.rpm",
    verify: "rpm -V host-pilot host-pilot-art",
    upgrade: "rpm -U /root/newer.rpm && test -e /etc/pilot/pilot.conf.rpmnew",
    downgrade: "rpm -U --oldpackage /root/host-pilot-0*.rpm",
    remove: "rpm -e host-pilot",
    install_again: "rpm -i /root/host-pilot-0*.rpm",
    page: "/usr/share/man/man1/pilot.1",
    kept: "/etc/pilot/pilot.conf.rpmsave",
};

/// Running the installer again is the upgrade.
pub(super) static TARBALL: Packager = Packager {
    files: ".tar.gz",
    install: "cd /root && tar xzf host-pilot-*.tar.gz && host-pilot-*/install.sh",
    verify: "cmp /root/host-pilot-*/pilot /usr/bin/pilot",
    upgrade: "/root/host-pilot-*/install.sh",
    downgrade: "/root/host-pilot-*/install.sh",
    remove: "/root/host-pilot-*/install.sh --uninstall",
    install_again: "/root/host-pilot-*/install.sh",
    page: "/usr/share/man/man1/pilot.1",
    kept: "/etc/pilot/pilot.conf",
};

pub(super) static CONTROL_BY_DPKG: OfControl = OfControl {
    install: "dpkg -i /root/host-pilot-control_*.deb",
    upgrade: "dpkg -i /root/host-pilot-control_*.deb",
    remove: "dpkg -r host-pilot-control",
    kept: "/etc/pilotctl/pilotctl.conf",
};

pub(super) static CONTROL_BY_RPM: OfControl = OfControl {
    install: "rpm -i /root/host-pilot-control-*.rpm",
    upgrade: "rpm -U --replacepkgs /root/host-pilot-control-*.rpm",
    remove: "rpm -e host-pilot-control",
    kept: "/etc/pilotctl/pilotctl.conf.rpmsave",
};
