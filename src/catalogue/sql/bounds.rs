//! How long and how deep an SQL text may be. Parser, planner and executor call themselves once for each level of a
//! query, on threads with small stacks, and a stack that runs out ends the process without a word. So the depth is
//! reckoned from the tokens, in a loop, before anything is parsed.

use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Tokenizer};

/// Bytes of an SQL text at most.
pub const MAX_BYTES: usize = 256 << 10;
/// Levels of an expression at most: operators in a chain count one level each, as do parentheses.
pub const MAX_DEPTH: usize = 500;
/// SELECT parts at most, counting those of unions, subqueries and WITH.
pub const MAX_SELECTS: usize = 100;
/// Tables, subqueries and names of WITH parts that are read, at most.
pub const MAX_TABLES: usize = 100;

/// Refuses a text that is too long, too deep, or has too many parts.
///
/// # Errors
/// With the reason in words, and the limit.
pub fn check(text: &str) -> Result<(), String> {
    if text.len() > MAX_BYTES {
        return Err(format!("it is {} bytes long; {MAX_BYTES} are allowed", text.len()));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize().map_err(|e| format!("not SQL: {e}"))?;
    let depth = depth(&tokens);
    if depth > MAX_DEPTH {
        return Err(format!(
            "it is nested {depth} levels deep, counting each operator of a chain; {MAX_DEPTH} are allowed: split it, or use IN for a list"
        ));
    }
    let selects =
        tokens.iter().filter(|t| matches!(t, Token::Word(w) if w.keyword == Keyword::SELECT || w.keyword == Keyword::VALUES)).count();
    if selects > MAX_SELECTS {
        return Err(format!("it has {selects} SELECT parts; {MAX_SELECTS} are allowed"));
    }
    Ok(())
}

/// One level of parentheses.
#[derive(Default)]
struct Level {
    /// Operators since the last comma.
    chain: usize,
    /// The deepest parentheses since the last comma.
    inner: usize,
    /// The deepest part before the last comma.
    deepest: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.deepest.max(self.chain + self.inner)
    }
}

/// An upper bound of how deep the tree of these tokens can be.
fn depth(tokens: &[Token]) -> usize {
    let mut levels: Vec<Level> = Vec::new();
    let mut current = Level::default();
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                // `a[1][1]` nests without anything between.
                current.chain += usize::from(!matches!(token, Token::LParen));
                levels.push(std::mem::take(&mut current));
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                let depth = current.depth() + 1;
                current = levels.pop().unwrap_or_default();
                current.inner = current.inner.max(depth);
            }
            Token::Comma => {
                current.deepest = current.depth();
                (current.chain, current.inner) = (0, 0);
            }
            token => current.chain += usize::from(is_operator(token)),
        }
    }
    // Parentheses that are never closed make no query, but their depth counts until the parser says so.
    let mut depth = current.depth();
    while let Some(level) = levels.pop() {
        depth = level.deepest.max(level.chain + level.inner.max(depth + 1));
    }
    depth
}

/// Whether a token can put the next part a level deeper. Words that are not known here are names, and names do not nest.
fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            word.quote_style.is_none()
                && matches!(
                    word.keyword,
                    Keyword::AND
                        | Keyword::OR
                        | Keyword::NOT
                        | Keyword::XOR
                        | Keyword::IS
                        | Keyword::NOTNULL
                        | Keyword::IN
                        | Keyword::BETWEEN
                        | Keyword::LIKE
                        | Keyword::ILIKE
                        | Keyword::SIMILAR
                        | Keyword::RLIKE
                        | Keyword::REGEXP
                        | Keyword::DIV
                        | Keyword::CASE
                        | Keyword::WHEN
                        | Keyword::COLLATE
                        | Keyword::AT
                        | Keyword::OVERLAPS
                        | Keyword::INTERVAL
                        | Keyword::PRIOR
                        | Keyword::UNION
                        | Keyword::INTERSECT
                        | Keyword::EXCEPT
                        | Keyword::MINUS
                        | Keyword::JOIN
                        | Keyword::DATE
                        | Keyword::TIMESTAMP
                        | Keyword::EXISTS
                        | Keyword::ALL
                        | Keyword::ANY
                )
        }
        Token::Whitespace(_) | Token::Number(..) | Token::SingleQuotedString(_) | Token::Period | Token::SemiColon | Token::EOF => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_what_the_parser_nests() {
        let depth = |text: &str| super::depth(&Tokenizer::new(&GenericDialect {}, text).tokenize().unwrap());
        for (text, levels) in [
            ("a", 0),
            ("1+1+1", 2),
            ("((a))", 2),
            ("NOT NOT a", 2),
            ("a, b + 1, (c)", 1),
            ("f(a, g(b + 1), c)", 3),
            ("a AND (b OR (c AND d AND e))", 1 + 1 + 1 + 1 + 2),
            ("CASE WHEN a THEN 1 WHEN b THEN 2 END", 3),
            ("((((", 4),
        ] {
            assert_eq!(depth(text), levels, "{text}");
        }
    }

    #[test]
    fn long_lists_are_wide_and_not_deep() {
        let list = vec!["'arn:aws:iam::111122223333:role/x'"; 5_000].join(", ");
        assert_eq!(check(&format!("SELECT a FROM t WHERE a IN ({list})")), Ok(()));
    }
}
