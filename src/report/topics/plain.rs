//! Plain text from a topic's short templates: statements, alternatives of charts.

use serde_json::{Value, json};
use tera::{Context, Tera};

use super::filters;
use crate::report::ReportError;
use crate::report::model::TopicData;

/// Renders short templates of one topic.
pub struct Plain<'t> {
    tera: Tera,
    file: &'t str,
    context: Context,
}

impl<'t> Plain<'t> {
    /// For a topic whose queries were drawn. `names` are the names of accounts.
    pub fn new(file: &'t str, topic: &TopicData, names: &Value) -> Self {
        let mut tera = Tera::new();
        filters::register(&mut tera);
        // A code span is its text here.
        tera.register_filter("code", filters::text_within);
        let mut context = Context::new();
        for (name, query) in &topic.queries {
            context.insert(name.clone(), &json!({"rows": query.rows, "count": query.count}));
        }
        context.insert("lang", &topic.lang);
        context.insert("account_names", names);
        Self { tera, file, context }
    }

    /// The text of a template; `row` is what it may name as `row`.
    ///
    /// # Errors
    /// When the template fails.
    pub fn text(&mut self, template: &str, row: Option<&Value>) -> Result<String, ReportError> {
        if !template.contains("{{") && !template.contains("{%") {
            return Ok(template.trim().to_owned());
        }
        match row {
            Some(row) => self.context.insert("row", row),
            None => drop(self.context.remove("row")),
        }
        let text = self.tera.render_str(template, &self.context, false).map_err(|error| ReportError::template(self.file, &error))?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}
