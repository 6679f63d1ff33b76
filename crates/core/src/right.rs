//! Rights: what someone may do beyond what everyone may. Who has which is for modules to say; that is asked once, when a
//! caller is recognized, and stands in the [`Caller`](crate::Caller) from then on.

/// Something that not everyone may do.
///
/// The order is that of the page on which they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Everyone may.
    Anyone,
    /// Only administrators may, and no one can be given it: what leads to all other rights or cannot be undone.
    Administer,
    /// Invite people.
    InvitePeople,
    /// Let in those who have registered by themselves.
    ConfirmPeople,
    /// Change what is said of other people, and their departments.
    EditPeople,
    /// Dismiss and restore people, and change the addresses that they sign in with.
    ManagePeople,
    /// Add people from a file.
    ImportPeople,
    /// Save the directory as a file.
    ExportPeople,
    /// Change the company's structure.
    ManageStructure,
    /// Create workgroups.
    CreateGroups,
    /// See and change any workgroup, whoever owns it.
    ManageGroups,
    /// See and change any task, whoever has to do with it.
    ManageTasks,
    /// Set apps up: their options, widgets and what they hear of others' doings.
    ManageApps,
    /// Define custom fields.
    ManageFields,
    /// See who changed what: the audit log.
    SeeAudit,
    /// See how to reach others in private.
    SeeContacts,
    /// See where others live.
    SeeAddress,
    /// See when others were born.
    SeeBirthday,
    /// See others' phones at work.
    SeeWorkPhones,
    /// See the custom fields of others.
    SeeCustom,
}

impl Right {
    /// All rights that can be given.
    pub const ALL: &[Right] = &[
        Right::InvitePeople,
        Right::ConfirmPeople,
        Right::EditPeople,
        Right::ManagePeople,
        Right::ImportPeople,
        Right::ExportPeople,
        Right::ManageStructure,
        Right::CreateGroups,
        Right::ManageGroups,
        Right::ManageTasks,
        Right::ManageApps,
        Right::ManageFields,
        Right::SeeAudit,
        Right::SeeContacts,
        Right::SeeAddress,
        Right::SeeBirthday,
        Right::SeeWorkPhones,
        Right::SeeCustom,
    ];

    /// What it is called where it is stored and in addresses.
    pub const fn name(self) -> &'static str {
        match self {
            Right::Anyone => "anyone",
            Right::Administer => "administer",
            Right::InvitePeople => "invite_people",
            Right::ConfirmPeople => "confirm_people",
            Right::EditPeople => "edit_people",
            Right::ManagePeople => "manage_people",
            Right::ImportPeople => "import_people",
            Right::ExportPeople => "export_people",
            Right::ManageStructure => "manage_structure",
            Right::CreateGroups => "create_groups",
            Right::ManageGroups => "manage_groups",
            Right::ManageTasks => "manage_tasks",
            Right::ManageApps => "manage_apps",
            Right::ManageFields => "manage_fields",
            Right::SeeAudit => "see_audit",
            Right::SeeContacts => "see_contacts",
            Right::SeeAddress => "see_address",
            Right::SeeBirthday => "see_birthday",
            Right::SeeWorkPhones => "see_work_phones",
            Right::SeeCustom => "see_custom",
        }
    }

    /// The right of this name that can be given.
    pub fn of(name: &str) -> Option<Right> {
        Self::ALL.iter().copied().find(|it| it.name() == name)
    }

    /// Whether it is about which fields of people someone sees. People see their own, whatever they may see of others.
    pub const fn is_sight(self) -> bool {
        matches!(
            self,
            Right::SeeContacts | Right::SeeAddress | Right::SeeBirthday | Right::SeeWorkPhones | Right::SeeCustom
        )
    }

    /// Whether everyone has it unless administrators say otherwise. The rest is theirs alone unless they say otherwise.
    pub const fn is_usual(self) -> bool {
        self.is_sight() || matches!(self, Right::ExportPeople | Right::CreateGroups)
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// A set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights(u32);

impl Rights {
    /// None.
    pub const NONE: Rights = Rights(0);

    /// What everyone may as long as administrators have not said otherwise.
    pub const USUAL: Rights = Rights::SIGHT.with(Right::ExportPeople).with(Right::CreateGroups);

    /// All fields of people.
    pub const SIGHT: Rights = Rights::NONE
        .with(Right::SeeContacts)
        .with(Right::SeeAddress)
        .with(Right::SeeBirthday)
        .with(Right::SeeWorkPhones)
        .with(Right::SeeCustom);

    /// Whether this right is among them.
    pub const fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// These and one more.
    #[must_use]
    pub const fn with(self, right: Right) -> Rights {
        Rights(self.0 | right.bit())
    }

    /// These and those.
    #[must_use]
    pub const fn and(self, others: Rights) -> Rights {
        Rights(self.0 | others.0)
    }

    /// These without one.
    #[must_use]
    pub const fn without(self, right: Right) -> Rights {
        Rights(self.0 & !right.bit())
    }

    /// Those of these that are among the others too.
    #[must_use]
    pub const fn only(self, others: Rights) -> Rights {
        Rights(self.0 & others.0)
    }

    /// Whether all of these are among the others.
    pub const fn is_within(self, others: Rights) -> bool {
        self.0 & !others.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, Rights};

    #[test]
    fn every_right_is_known_by_its_name_and_stands_for_itself() {
        let mut all = Rights::NONE;
        for right in Right::ALL.iter().copied() {
            assert_eq!(Right::of(right.name()), Some(right));
            assert!(!all.has(right), "{right:?}");
            all = all.with(right);
            assert_eq!(Rights::USUAL.has(right), right.is_usual(), "{right:?}");
            assert_eq!(Rights::SIGHT.has(right), right.is_sight(), "{right:?}");
        }
        for never in [Right::Anyone, Right::Administer] {
            assert!(!all.has(never) && Right::of(never.name()).is_none(), "{never:?} can be given");
        }
    }
}
