//! Errors of the commands that say what to do, and the one line of help below whatever stopped the program.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::io;

use crate::base::help::Help;
use crate::base::small_file::SmallFileError;
use crate::catalogue::CatalogueError;
use crate::engagement::EngagementError;
use crate::evaluate::EvaluateError;
use crate::findings::responses::ResponsesError;
use crate::report::ReportError;
use crate::report::comparison::IssuedError;
use crate::store::StoreError;
use crate::workpapers::WorkpaperError;

/// An error of a command, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    what: Cow<'static, str>,
    help: Cow<'static, str>,
}

impl Advice {
    /// `what` is wrong; `help` follows `help: `.
    pub fn new(what: impl Into<Cow<'static, str>>, help: impl Into<Cow<'static, str>>) -> Self {
        Self { what: what.into(), help: help.into() }
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Advice {}

impl Help for Advice {
    fn help(&self) -> Option<Cow<'static, str>> {
        Some(self.help.clone())
    }
}

/// The line of help for what stopped the program: of the outermost error that knows one.
pub fn line(error: &anyhow::Error) -> Option<Cow<'static, str>> {
    // A context is found through the error itself only, a cause through the chain only.
    let advice = error.downcast_ref::<Advice>().and_then(Help::help);
    advice.or_else(|| error.chain().find_map(of))
}

/// The help of one error of a chain.
fn of(cause: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
    fn as_a<E: Error + Help + 'static>(cause: &(dyn Error + 'static)) -> Option<Cow<'static, str>> {
        cause.downcast_ref::<E>()?.help()
    }
    let kinds = [
        as_a::<StoreError>,
        as_a::<EvaluateError>,
        as_a::<EngagementError>,
        as_a::<CatalogueError>,
        as_a::<ReportError>,
        as_a::<IssuedError>,
        as_a::<WorkpaperError>,
        as_a::<ResponsesError>,
        as_a::<SmallFileError>,
        as_a::<io::Error>,
    ];
    kinds.iter().find_map(|help| help(cause))
}

/// What a fault of the program says about itself.
pub fn fault(fault: &(dyn std::any::Any + Send)) -> &str {
    let text = fault.downcast_ref::<String>().map(String::as_str).or_else(|| fault.downcast_ref::<&str>().copied());
    text.unwrap_or("it does not say why")
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn help_is_given_once_by_the_outermost_error_that_knows_it() {
        let full = || Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull));
        assert!(line(&full().context("x cannot be written").unwrap_err()).unwrap().contains("space"));
        let advised = full().context(Advice::new("x cannot be written", "y")).context("z").unwrap_err();
        assert_eq!(line(&advised).unwrap(), "y");
        assert_eq!(advised.to_string(), "z");
        let busy = StoreError::Busy { path: "s".into(), holder: "process 7".to_owned() };
        assert_eq!(line(&anyhow::Error::from(busy).context("the report cannot be written")).unwrap(), "wait until it has ended");
        let small = EngagementError::Unreadable { path: "e.toml".to_owned(), source: SmallFileError::Encoding };
        assert_eq!(line(&small.into()).unwrap(), "save it as UTF-8");
        assert_eq!(line(&anyhow::anyhow!("no such thing")), None);
    }

    #[test]
    fn a_message_that_speaks_of_help_or_of_disks_is_only_a_message() {
        assert_eq!(line(&anyhow::anyhow!("a file named 'help: No space left on device'")), None);
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let named = anyhow::Error::from(full).context("help: me.json cannot be written");
        assert!(line(&named).unwrap().contains("free space"), "the file's name must not cost the help");
    }
}
