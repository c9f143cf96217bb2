//! Classes of who acted, and how well each is established.

/// Who acts: ordered by how much is claimed, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    HumanFederated,
    HumanIamUser,
    IamUser,
    /// Another account, whose own records are not here.
    External,
    Workload,
    /// A person or a program: nothing says which.
    Unknown,
}

impl Class {
    pub(super) fn of(text: &str) -> Option<Self> {
        Some(match text {
            "human_federated" => Self::HumanFederated,
            "human_iam_user" => Self::HumanIamUser,
            "iam_user" => Self::IamUser,
            "workload_role" => Self::Workload,
            "unknown" => Self::Unknown,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::HumanFederated => "human_federated",
            Self::HumanIamUser => "human_iam_user",
            Self::IamUser => "iam_user",
            Self::External => "external_account",
            Self::Workload => "workload_role",
            Self::Unknown => "unknown",
        }
    }

    pub(super) fn is_person(self) -> bool {
        matches!(self, Self::HumanFederated | Self::HumanIamUser)
    }
}

/// How a class is known, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    Authenticated,
    Asserted,
    Inferred,
}

impl Grade {
    pub(super) fn of(text: Option<&str>) -> Self {
        match text {
            Some("authenticated") => Self::Authenticated,
            Some("asserted") => Self::Asserted,
            _ => Self::Inferred,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Authenticated => "authenticated",
            Self::Asserted => "asserted",
            Self::Inferred => "inferred",
        }
    }
}

/// What a class rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// What the records themselves say.
    Records,
    /// The user has a password, by the credential report.
    Password,
    /// The user opened the console or used a second factor in another record.
    OtherRecords,
    /// The call that opened the session names who opened it.
    Opening,
    /// The engagement's list of break-glass roles.
    BreakGlassList,
    /// The engagement's list of roles of people.
    PeopleList,
    /// The engagement's list of roles that deploy.
    PipelineList,
    /// The engagement's list of security tools.
    ToolingList,
}

impl Basis {
    /// As the table states it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Password => "password",
            Self::OtherRecords => "other_records",
            Self::Opening => "opening",
            Self::BreakGlassList => "break_glass_list",
            Self::PeopleList => "people_list",
            Self::PipelineList => "pipeline_list",
            Self::ToolingList => "tooling_list",
        }
    }
}
