//! Patterns with `*` and `?`, as policies write actions, resources and condition values.
//!
//! Three kinds differ in what a wildcard may stand for:
//! - plain text ([`Pattern::new`]): `*` is any text, `?` any single character;
//! - actions ([`Pattern::action`]): the same, without case;
//! - resources ([`Pattern::resource`]): with case. In the first five segments of an ARN `?`, and a `*` that is not the last
//!   character of its segment, stay inside their segment; a `*` at the end of a segment reaches beyond the colon
//!   (IAM User Guide, "IAM JSON policy elements: Resource"). An ARN of fewer than six segments stands for all that begins with them.
//!
//! Policy variables (`${aws:username}`) are parsed in policies of version 2012-10-17 only (IAM User Guide, "IAM policy elements: Variables and
//! tags"). Until [`Pattern::resolve`] puts values in, a variable counts as any text where more is the careful answer ([`Pattern::matches`],
//! [`Pattern::meets`], and as the other side of [`Pattern::covers`]) and as no text where less is (own side of `covers`).

mod automaton;
mod overlap;
#[cfg(test)]
mod tests;
mod token;

use crate::base::arn::account_piece;
use std::collections::BTreeSet;

use automaton::{accepts, fresh_char, included, intersects, letters, sample_of};
pub use overlap::{apart, common, covers_common};
use token::Token;
pub use token::{Variable, fold_key};

/// Largest product of two patterns' lengths that is compared exactly; beyond it `covers` says no and `meets` says yes.
const PRODUCT_LIMIT: usize = 1 << 22;

/// What is known of a variable's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// The request has the key with this one value.
    Text(String),
    /// The request does not have the key, or it has several values: without a default nothing matches.
    Absent,
    /// Not known from files.
    Unknown,
}

/// A pattern after its variables were looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// All variables have values.
    Known(Pattern),
    /// A variable, by its name, is absent and has no default: matches nothing. AWS says that the whole statement may then be invalid,
    /// so what a `NotResource` of it leaves is not sure.
    Never(String),
    /// Some variables are not known; the names in order, and the pattern with those that are known put in.
    Unknown(Pattern, Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Plain,
    Action,
    Resource,
}

/// One pattern. See the module for what its wildcards mean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: String,
    kind: Kind,
    /// Literal text before the first wildcard.
    prefix: String,
    /// What follows it.
    rest: Vec<Token>,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shape {
    /// Only `*`.
    All,
    /// No wildcard: the prefix is the whole.
    Literal,
    /// Literal text and one `*` at the end.
    Prefix,
    Mixed,
}

impl Pattern {
    /// Plain text with wildcards; with case, without variables.
    pub fn new(text: &str) -> Self {
        Self::build(text, Kind::Plain, false)
    }

    /// Plain text with wildcards and, if `variables`, policy variables: a value of a condition.
    pub fn value(text: &str, variables: bool) -> Self {
        Self::build(text, Kind::Plain, variables)
    }

    /// Text without wildcards and, if `variables`, with policy variables: a value of an operator that compares whole texts.
    pub fn whole(text: &str, variables: bool) -> Self {
        let tokens = plain_tokens(text, variables).into_iter().map(|token| match token {
            Token::Any => Token::Char('*'),
            Token::One => Token::Char('?'),
            token => token,
        });
        Self::of(text.to_owned(), Kind::Plain, tokens.collect())
    }

    /// An ARN in a condition; with policy variables if `variables`. Wildcards of the first five segments stay inside their segment, a `*` at its
    /// end too (IAM User Guide, "IAM JSON policy elements: Condition operators").
    pub fn arn(text: &str, variables: bool) -> Self {
        let mut tokens = plain_tokens(text, variables);
        let mut colons = 0;
        for token in &mut tokens {
            match token {
                Token::Char(':') => colons += 1,
                Token::One if colons < 5 => *token = Token::OneInSegment,
                Token::Any if colons < 5 => *token = Token::AnyInSegment,
                _ => {}
            }
        }
        Self::of(text.to_owned(), Kind::Plain, tokens)
    }

    /// An action, `service:Name`; compared without case. `matches` wants lower case text.
    pub fn action(text: &str) -> Self {
        Self::build(&text.to_lowercase(), Kind::Action, false)
    }

    /// A resource; with policy variables if `variables` (version 2012-10-17).
    pub fn resource(text: &str, variables: bool) -> Self {
        Self::build(text, Kind::Resource, variables)
    }

    /// Exactly this text: `*` and `?` are characters like others.
    pub fn literal(text: &str) -> Self {
        Self::of(text.to_owned(), Kind::Plain, text.chars().map(Token::Char).collect())
    }

    fn build(text: &str, kind: Kind, variables: bool) -> Self {
        let mut tokens = plain_tokens(text, variables);
        if kind == Kind::Resource {
            confine(&mut tokens);
        }
        Self::of(text.to_owned(), kind, tokens)
    }

    fn of(text: String, kind: Kind, mut tokens: Vec<Token>) -> Self {
        normalize(&mut tokens);
        let literal = tokens.iter().take_while(|token| matches!(token, Token::Char(_))).count();
        let rest = tokens.split_off(literal);
        let prefix: String = tokens.iter().filter_map(Token::char).collect();
        let shape = match rest.as_slice() {
            [] => Shape::Literal,
            [Token::Any] if literal == 0 => Shape::All,
            [Token::Any] => Shape::Prefix,
            _ => Shape::Mixed,
        };
        Self { text, kind, prefix, rest, shape }
    }

    /// All tokens: the literal beginning and the rest.
    fn tokens(&self) -> Vec<Token> {
        self.prefix.chars().map(Token::Char).chain(self.rest.iter().cloned()).collect()
    }

    /// The text as it was given; actions in lower case.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The literal text before the first wildcard or variable.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The one text that it matches, where it has no wildcard and no variable.
    pub fn exact(&self) -> Option<&str> {
        (self.shape == Shape::Literal).then_some(self.prefix.as_str())
    }

    /// Whether it holds variables without a value.
    pub fn has_variables(&self) -> bool {
        self.variables().next().is_some()
    }

    /// Its variables without a value, in their order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.rest.iter().filter_map(|token| if let Token::Variable(variable) = token { Some(&**variable) } else { None })
    }

    /// Whether this is a resource with fewer than six segments, which is not `*` alone and does not end with `*`.
    /// A resource policy does not match by such an ARN; an identity policy takes the rest as `*`.
    pub fn is_short_arn(&self) -> bool {
        self.kind == Kind::Resource && self.text.starts_with("arn:") && self.text.split(':').count() < 6 && !self.text.ends_with('*')
    }

    /// Whether it matches every text that may stand in its place: `*`, `**`, `?*`; for actions `*:*` too.
    /// `arn:aws:*` is not everything: ask [`Pattern::covers`] with the scope that matters.
    pub fn is_everything(&self) -> bool {
        self.shape == Shape::All || {
            let least = Self::new(if self.kind == Kind::Action { "?*:?*" } else { "?*" });
            self.shape != Shape::Literal && self.prefix.is_empty() && self.covers(&least)
        }
    }

    /// Whether the text matches. A variable without a value matches any text.
    pub fn matches(&self, text: &str) -> bool {
        match self.shape {
            Shape::All => true,
            Shape::Literal => self.prefix == text,
            Shape::Prefix => text.starts_with(&self.prefix),
            Shape::Mixed => text.strip_prefix(self.prefix.as_str()).is_some_and(|rest| self.matches_rest(rest)),
        }
    }

    /// Matches what follows the literal prefix. Only the last `*` has to be widened on a mismatch; one that is kept inside its segment gives
    /// up at a colon, and then the last `*` that is not takes over.
    fn matches_rest(&self, rest: &str) -> bool {
        let text: Vec<char> = rest.chars().collect();
        let tokens = &self.rest;
        let (mut at, mut next) = (0, 0);
        // Token after the star, and text position from which that token is tried again.
        let mut free: Option<(usize, usize)> = None;
        let mut confined: Option<(usize, usize)> = None;
        loop {
            let step = match tokens.get(next) {
                None => at == text.len(),
                Some(Token::Any | Token::Variable(_)) => {
                    next += 1;
                    (free, confined) = (Some((next, at)), None);
                    continue;
                }
                Some(Token::AnyInSegment) => {
                    next += 1;
                    confined = Some((next, at));
                    continue;
                }
                Some(token) => text.get(at).is_some_and(|c| accepts(token, *c)),
            };
            if step {
                if next == tokens.len() {
                    return true;
                }
                (at, next) = (at + 1, next + 1);
                continue;
            }
            let widened = confined.filter(|(_, from)| text.get(*from).is_some_and(|c| *c != ':'));
            if let Some((token, from)) = widened {
                confined = Some((token, from + 1));
                (at, next) = (from + 1, token);
            } else if let Some((token, from)) = free.filter(|(_, from)| *from < text.len()) {
                (free, confined) = (Some((token, from + 1)), None);
                (at, next) = (from + 1, token);
            } else {
                return false;
            }
        }
    }

    /// Whether every text that `other` matches is matched by this one: a yes is sure.
    /// Exact for wildcards up to patterns of some thousand characters; own variables without value count as no text.
    pub fn covers(&self, other: &Pattern) -> bool {
        if self.shape == Shape::All || (self.prefix == other.prefix && self.rest == other.rest && !self.has_variables()) {
            return true;
        }
        if self.has_variables() {
            return self.text == other.text && self.kind == other.kind;
        }
        if let Some(text) = other.exact() {
            return self.matches(text);
        }
        if self.shape == Shape::Literal {
            return false;
        }
        if !other.prefix.starts_with(&self.prefix) {
            // Beyond its literal beginning `other` has texts that go on otherwise.
            return false;
        }
        if self.shape == Shape::Prefix {
            return true;
        }
        let large = self.rest.clone();
        let small: Vec<Token> = other.prefix[self.prefix.len()..].chars().map(Token::Char).chain(other.rest.iter().cloned()).collect();
        if large.len().saturating_mul(small.len()) > PRODUCT_LIMIT {
            return false;
        }
        // The shortest text, and one with long runs of a character that neither pattern holds: a quick no.
        let fresh = fresh_char(&large, &small);
        let sample = |run: &str| -> String { small.iter().map(|token| sample_of(token, fresh, run)).collect() };
        let long: String = std::iter::repeat_n(fresh, large.len() + 1).collect();
        if !self.matches_rest(&sample("")) || !self.matches_rest(&sample(&long)) {
            return false;
        }
        included(&small, &large, &letters(&large, &small, fresh))
    }

    /// Whether some text is matched by both. A variable without a value counts as any text.
    pub fn meets(&self, other: &Pattern) -> bool {
        match (self.exact(), other.exact()) {
            (Some(text), _) => return other.matches(text),
            (_, Some(text)) => return self.matches(text),
            _ => {}
        }
        if !(self.prefix.starts_with(&other.prefix) || other.prefix.starts_with(&self.prefix)) {
            return false;
        }
        if self.shape != Shape::Mixed && other.shape != Shape::Mixed {
            return true;
        }
        // The literal beginning of one is that of the other, or leads into its wildcards.
        let shared = self.prefix.len().min(other.prefix.len());
        let rest = |pattern: &Pattern| -> Vec<Token> {
            pattern.prefix[shared..].chars().map(Token::Char).chain(pattern.rest.iter().cloned()).collect()
        };
        let (one, two) = (rest(self), rest(other));
        one.len().saturating_mul(two.len()) > PRODUCT_LIMIT || intersects(&one, &two)
    }

    /// The same set of resources without names that hold a colon, where the pattern is an ARN with an account.
    ///
    /// A `*` at the end of a segment reaches beyond the colon, so `arn:aws:iam::*:role/*` would meet `arn:aws:iam::111122223333:user/*` in a user named
    /// `a:role/b`, which cannot exist. Scopes are compared by their names; patterns of policies keep what AWS gives them.
    #[must_use]
    pub fn as_names(&self) -> Self {
        let owned = self.text.starts_with("arn:") && account_piece(&self.text).is_some_and(|account| !account.is_empty());
        if !owned || self.text.split(':').count() < 6 {
            return self.clone();
        }
        let confined = |token: Token| match token {
            Token::Any => Token::AnyInSegment,
            Token::One => Token::OneInSegment,
            token => token,
        };
        Self::of(self.text.clone(), self.kind, self.tokens().into_iter().map(confined).collect())
    }

    /// Puts the values of its variables in; they are text, so a `*` in a value is no wildcard.
    pub fn resolve(&self, mut lookup: impl FnMut(&str) -> Binding) -> Resolved {
        if !self.has_variables() {
            return Resolved::Known(self.clone());
        }
        let mut tokens: Vec<Token> = self.prefix.chars().map(Token::Char).collect();
        let mut unknown = BTreeSet::new();
        for token in &self.rest {
            let Token::Variable(variable) = token else {
                tokens.push(token.clone());
                continue;
            };
            match (lookup(&variable.name), &variable.default) {
                (Binding::Text(text), _) => tokens.extend(text.chars().map(Token::Char)),
                (Binding::Absent, Some(default)) => tokens.extend(default.chars().map(Token::Char)),
                (Binding::Absent, None) => return Resolved::Never(variable.name.clone()),
                (Binding::Unknown, _) => {
                    unknown.insert(variable.name.clone());
                    tokens.push(token.clone());
                }
            }
        }
        let pattern = Self::of(self.text.clone(), self.kind, tokens);
        if unknown.is_empty() { Resolved::Known(pattern) } else { Resolved::Unknown(pattern, unknown.into_iter().collect()) }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.text)
    }
}

/// Reads wildcards and, if asked, variables. What looks like a variable but is not closed is text.
fn plain_tokens(text: &str, variables: bool) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if variables && let Some((inside, after)) = rest.strip_prefix("${").and_then(|inside| split_variable(inside)) {
            tokens.push(match inside {
                "*" => Token::Char('*'),
                "?" => Token::Char('?'),
                "$" => Token::Char('$'),
                _ => Token::Variable(Box::new(variable(inside))),
            });
            rest = after;
            continue;
        }
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            c => Token::Char(c),
        });
        rest = &rest[c.len_utf8()..];
    }
    tokens
}

/// Splits `name, 'default'} and more` at the brace that closes the variable; a brace inside the quotes of a default does not.
fn split_variable(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            '}' if !quoted => return Some((&text[..at], &text[at + 1..])),
            _ => {}
        }
    }
    text.split_once('}')
}

fn variable(inside: &str) -> Variable {
    let (name, default) = match inside.split_once(',') {
        Some((name, rest)) => {
            let rest = rest.trim();
            (name, rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).map(str::to_owned))
        }
        None => (inside, None),
    };
    Variable { name: fold_key(name.trim()), default }
}

/// Keeps wildcards of the first five segments of an ARN inside their segments, and lets a short ARN stand for all that begins with it.
fn confine(tokens: &mut Vec<Token>) {
    let arn = ['a', 'r', 'n', ':'];
    if tokens.len() < arn.len() || !tokens.iter().zip(arn).all(|(token, c)| *token == Token::Char(c)) {
        return;
    }
    let mut colons = 0;
    for at in 0..tokens.len() {
        match tokens[at] {
            Token::Char(':') => colons += 1,
            Token::One if colons < 5 => tokens[at] = Token::OneInSegment,
            Token::Any if colons < 5 && !matches!(tokens.get(at + 1), None | Some(Token::Char(':'))) => tokens[at] = Token::AnyInSegment,
            _ => {}
        }
        if colons == 5 {
            break;
        }
    }
    if colons < 5 && tokens.last() != Some(&Token::Any) {
        tokens.extend([Token::Char(':'), Token::Any]);
    }
}

/// Writes a run of `*` and `?` in one way: `*?*` is `?*`. Runs that hold wildcards of both reaches stay as they are.
fn normalize(tokens: &mut Vec<Token>) {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens.drain(..) {
        match (&token, out.last()) {
            (Token::Any, Some(Token::Any)) | (Token::AnyInSegment, Some(Token::AnyInSegment)) => {}
            (Token::One, Some(Token::Any)) | (Token::OneInSegment, Some(Token::AnyInSegment)) => {
                let star = out.pop();
                out.push(token);
                out.extend(star);
            }
            _ => out.push(token),
        }
    }
    *tokens = out;
}
