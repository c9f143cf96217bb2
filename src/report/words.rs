//! Components of the templates as plain text, for cells and data that the templates word and Rust places.

use std::sync::Arc;

use serde::Serialize;
use tera::{Context, Tera};

use super::ReportError;
use super::model::Report;
use super::notes::Document;
use super::templates::Templates;
use super::values::bare;

/// Words values by the components of one engine, which is made once.
pub(super) struct Words {
    engine: Tera,
    /// The file the components stand in, for errors.
    file: &'static str,
}

impl Words {
    /// By the components of an engine.
    pub fn new(engine: Tera, file: &'static str) -> Self {
        Self { engine, file }
    }

    /// By a document's own components alone, so that no other template need be whole.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of_document(document: Document, templates: &Templates) -> Result<Self, ReportError> {
        Self::of_file(document.words().unwrap_or(document.template()), templates)
    }

    /// By the components of one file alone.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn of_file(file: &'static str, templates: &Templates) -> Result<Self, ReportError> {
        let mut engine = bare(&Arc::new(Report::default()));
        engine.add_raw_template(file, templates.text(file)).map_err(|e| ReportError::template(file, &e))?;
        Ok(Self::new(engine, file))
    }

    /// What a component says of a value, not escaped.
    ///
    /// # Errors
    /// When the template fails.
    pub fn of(&self, component: &str, argument: &'static str, value: &impl Serialize) -> Result<String, ReportError> {
        let mut context = Context::new();
        context.insert(argument, value);
        self.with(component, &context)
    }

    /// The same of several values by their names.
    ///
    /// # Errors
    /// When the template fails.
    pub fn with(&self, component: &str, context: &Context) -> Result<String, ReportError> {
        self.engine.render_component(component, context, None, false).map_err(|e| ReportError::template(self.file, &e))
    }
}
