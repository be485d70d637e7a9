//! What can stand in the audit log.

use crate::domain::user::Permission;

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What was done. The list is closed: an action that is not here is not in the log.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum Action {
            $($(#[$doc])* $variant,)*
        }

        impl Action {
            /// All actions.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in the log: what it was done on, and what.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

actions! {
    /// A user was added.
    UserAdd = "user.add";
    /// A user was removed.
    UserRemove = "user.remove";
    /// A user got another role.
    UserRole = "user.role";
    /// A user was narrowed to other hosts.
    UserScope = "user.scope";
    /// A user got another password.
    UserPassword = "user.password";
    /// A token was made.
    TokenAdd = "token.add";
    /// A token was removed.
    TokenRemove = "token.remove";
    /// A command was stored.
    CommandPut = "command.put";
    /// A command was removed.
    CommandRemove = "command.remove";
    /// A batch of jobs was created.
    BatchCreate = "batch.create";
    /// A batch was removed, or a part of it.
    BatchRemove = "batch.remove";
    /// A job was cancelled.
    JobCancel = "job.cancel";
    /// A job was removed.
    JobRemove = "job.remove";
    /// An invitation was created.
    InvitationCreate = "invitation.create";
    /// A host was admitted, or its place or labels changed.
    HostAdmit = "host.admit";
    /// A host got other labels.
    HostLabel = "host.label";
    /// A host got another name.
    HostRename = "host.rename";
    /// A host was disabled.
    HostDisable = "host.disable";
    /// A host was enabled.
    HostEnable = "host.enable";
    /// The note that a host was restored or cloned was cleared.
    HostAcknowledge = "host.acknowledge";
    /// A host was asked to replace its key.
    HostRotate = "host.rotate";
    /// A host was removed.
    HostRemove = "host.remove";
    /// A key list was imported.
    KeyListImport = "key-list.import";
    /// A package was pushed.
    PackagePush = "package.push";
    /// The archive of a package was pushed again in place of a damaged one.
    PackageRepair = "package.repair";
    /// A tag was deleted.
    TagDelete = "tag.delete";
    /// The highest serial of a tag was lowered.
    TagResetSerial = "tag.reset-serial";
    /// The store key was replaced.
    StoreRekey = "store.rekey";
    /// Requests were refused that the user's rights do not allow.
    RequestRefuse = "request.refuse";
}

impl Action {
    /// The kind of thing that it was done on.
    pub(crate) fn kind(self) -> &'static str {
        let name = self.name();
        name.split_once('.').map_or(name, |(kind, _)| kind)
    }

    /// What a user needs for it, if it is done on the own account or on something else; `None` for
    /// what no user does.
    pub(super) fn needs(self, is_own: bool) -> Option<Permission> {
        Some(match self {
            Self::StoreRekey | Self::RequestRefuse => return None,
            Self::UserAdd | Self::UserRemove | Self::UserRole | Self::UserScope => {
                Permission::ManageUsers
            }
            Self::UserPassword | Self::TokenAdd | Self::TokenRemove => match is_own {
                true => Permission::OwnAccount,
                false => Permission::ManageUsers,
            },
            Self::BatchCreate => Permission::Run,
            Self::PackagePush | Self::PackageRepair | Self::TagDelete => Permission::Push,
            Self::CommandPut
            | Self::CommandRemove
            | Self::HostRename
            | Self::KeyListImport
            | Self::TagResetSerial => Permission::Define,
            Self::BatchRemove
            | Self::JobCancel
            | Self::JobRemove
            | Self::InvitationCreate
            | Self::HostAdmit
            | Self::HostLabel
            | Self::HostDisable
            | Self::HostEnable
            | Self::HostAcknowledge
            | Self::HostRotate
            | Self::HostRemove => Permission::Operate,
        })
    }
}

/// Which actions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// This one.
    Action(Action),
    /// All on this kind of thing.
    Kind(&'static str),
}

impl What {
    /// Reads the name of an action or of a kind of thing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let actions = Action::ALL.iter().copied();
        let named = actions.clone().find(|action| action.name() == text);
        let of_kind = || actions.map(Action::kind).find(|kind| *kind == text);
        named
            .map(Self::Action)
            .or_else(|| of_kind().map(Self::Kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_has_a_name_of_its_own_with_a_kind() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for action in Action::ALL {
            assert_eq!(action.name().matches('.').count(), 1, "{action:?}");
        }
    }

    #[test]
    fn an_action_or_all_of_a_kind_are_found() {
        let disable = What::Action(Action::HostDisable);
        assert_eq!(What::parse("host.disable"), Some(disable));
        assert_eq!(What::parse("tag"), Some(What::Kind("tag")));
        assert_eq!((What::parse("ta"), What::parse("")), (None, None));
    }
}
