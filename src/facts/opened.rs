//! What a call opened: an answer, what it is about, and what is open of it.

use super::exposures;
use crate::policy::exposure::{self, Answer, Exposure, Known};

/// What a call opens.
pub(super) struct Opened {
    pub(super) answer: Answer,
    pub(super) what: String,
    pub(super) open: String,
    /// Of the policy of a resource: whether it lets in somebody outside the client, the public apart.
    pub(super) beyond: Option<Box<Opened>>,
}

impl Opened {
    pub(super) fn yes(what: impl Into<String>) -> Self {
        Self { answer: Answer::Yes, what: what.into(), open: String::new(), beyond: None }
    }

    pub(super) fn no() -> Self {
        Self { answer: Answer::No, what: String::new(), open: String::new(), beyond: None }
    }

    pub(super) fn open(why: impl Into<String>) -> Self {
        Self { answer: Answer::Unknown, what: String::new(), open: why.into(), beyond: None }
    }

    /// What nobody calls public, and what it opens to somebody outside the client.
    pub(super) fn beyond_only(beyond: Self) -> Self {
        Self { beyond: Some(Box::new(beyond)), ..Self::no() }
    }

    /// Whether it opens, as a column says it.
    pub(super) fn flag(&self) -> Option<bool> {
        match self.answer {
            Answer::Yes => Some(true),
            Answer::No => Some(false),
            Answer::Unknown => None,
        }
    }
}

/// Whether exposures let in somebody outside the client, the public apart. A service acts for whoever set it up; whether
/// it can be talked into more is the question about confused deputies.
pub(super) fn beyond(found: &[Exposure], known: &Known) -> Opened {
    opened(found, |exposure| match &exposure.audience {
        exposure::Audience::Service { .. } => Answer::No,
        audience if audience.is_public() => Answer::No,
        audience => audience.is_beyond(known),
    })
}

/// What exposures come to, by a question about each: the first that is surely so, else what is open.
pub(super) fn opened(found: &[Exposure], is_open: impl Fn(&Exposure) -> Answer) -> Opened {
    let mut open = Opened::no();
    for exposure in found {
        let what = || exposures::words(exposure);
        match (is_open(exposure), exposure.certainty) {
            (Answer::No, _) => {}
            (Answer::Yes, exposure::Certainty::Sure) => return Opened::yes(what()),
            (Answer::Yes, _) => {
                open = Opened::open(format!("whether it is open to {} depends on {}", what(), exposures::depends(exposure)))
            }
            (Answer::Unknown, _) => open = Opened::open(format!("whether {} is the client's is not known", what())),
        }
    }
    open
}
