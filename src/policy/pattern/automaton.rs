//! Patterns as automata: containment, intersection and a common text.
//!
//! A pattern's states are the places between its tokens. Containment walks one pattern's states together with the set of states the other can
//! be in; the alphabet is the characters that either names, the colon, and one character for all others.

use std::collections::{BTreeSet, VecDeque};

use super::token::Token;

/// Most work to decide one question, counted in states of state sets. Patterns of real policies need some hundred.
const WORK_LIMIT: usize = 1 << 18;

/// A character that no pattern names.
pub(super) fn unnamed(all: &[Vec<Token>]) -> char {
    let used: BTreeSet<char> = all.iter().flatten().filter_map(Token::char).collect();
    ('\u{e000}'..='\u{f8ff}').find(|c| !used.contains(c)).unwrap_or('\u{10fffd}')
}

pub(super) fn fill(token: &Token) -> Vec<Token> {
    match token {
        Token::Any | Token::Variable(_) => vec![Token::One, Token::Any],
        Token::AnyInSegment => vec![Token::OneInSegment, Token::AnyInSegment],
        token => vec![token.clone()],
    }
}

/// More work than [`WORK_LIMIT`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GaveUp;

/// The shortest text that all match and `but` does not; of those of one length, one with the rare character early.
pub(super) fn shortest(all: &[Vec<Token>], but: Option<&[Token]>, fresh: char) -> Result<Option<String>, GaveUp> {
    let begin = |tokens: &[Token]| {
        let mut states = BTreeSet::from([0]);
        close(tokens, &mut states);
        states
    };
    let tracks: Vec<&[Token]> = all.iter().map(Vec::as_slice).chain(but).collect();
    let start: Vec<BTreeSet<usize>> = tracks.iter().map(|tokens| begin(tokens)).collect();
    let mut seen = BTreeSet::from([start.clone()]);
    // Each entry: states, the entry before it, the character read.
    let mut queue: Vec<(Vec<BTreeSet<usize>>, usize, char)> = vec![(start, 0, fresh)];
    let (mut at, mut work) = (0, 0);
    while let Some((states, ..)) = queue.get(at).cloned() {
        let ends = |track: usize| states[track].contains(&tracks[track].len());
        if (0..all.len()).all(ends) && !but.is_some_and(|_| ends(all.len())) {
            let mut text = Vec::new();
            while at > 0 {
                text.push(queue[at].2);
                at = queue[at].1;
            }
            return Ok(Some(text.into_iter().rev().collect()));
        }
        let here = states.iter().zip(&tracks).flat_map(|(states, tokens)| states.iter().filter_map(|state| tokens.get(*state)));
        let mut letters: BTreeSet<char> = here.filter_map(Token::char).collect();
        letters.insert(':');
        for c in std::iter::once(fresh).chain(letters) {
            let next: Vec<BTreeSet<usize>> = states.iter().zip(&tracks).map(|(states, tokens)| advance(tokens, states, c)).collect();
            work += 1 + next.iter().map(BTreeSet::len).sum::<usize>();
            if work > WORK_LIMIT {
                return Err(GaveUp);
            }
            if next[..all.len()].iter().all(|states| !states.is_empty()) && seen.insert(next.clone()) {
                queue.push((next, at, c));
            }
        }
        at += 1;
    }
    Ok(None)
}

pub(super) fn accepts(token: &Token, c: char) -> bool {
    match token {
        Token::Char(own) => *own == c,
        Token::One | Token::Any | Token::Variable(_) => true,
        Token::OneInSegment | Token::AnyInSegment => c != ':',
    }
}

fn is_star(token: &Token) -> bool {
    matches!(token, Token::Any | Token::AnyInSegment | Token::Variable(_))
}

/// A character that neither pattern names: it stands for all such.
pub(super) fn fresh_char(one: &[Token], two: &[Token]) -> char {
    let used: BTreeSet<char> = one.iter().chain(two).filter_map(Token::char).collect();
    ('\u{e000}'..='\u{f8ff}').find(|c| !used.contains(c)).unwrap_or('\u{10fffd}')
}

pub(super) fn sample_of(token: &Token, fresh: char, run: &str) -> String {
    match token {
        Token::Char(c) => c.to_string(),
        Token::One | Token::OneInSegment => fresh.to_string(),
        Token::Any | Token::AnyInSegment | Token::Variable(_) => run.to_owned(),
    }
}

/// All characters that make a difference to two patterns: those they name, the colon, and one for all others.
pub(super) fn letters(one: &[Token], two: &[Token], fresh: char) -> Vec<char> {
    one.iter().chain(two).filter_map(Token::char).chain([':', fresh]).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Token positions reachable without reading: a star may stand for no text.
fn close(tokens: &[Token], states: &mut BTreeSet<usize>) {
    let mut work: Vec<usize> = states.iter().copied().collect();
    while let Some(at) = work.pop() {
        if tokens.get(at).is_some_and(is_star) && states.insert(at + 1) {
            work.push(at + 1);
        }
    }
}

fn advance(tokens: &[Token], states: &BTreeSet<usize>, c: char) -> BTreeSet<usize> {
    let mut next = BTreeSet::new();
    for at in states {
        if let Some(token) = tokens.get(*at).filter(|token| accepts(token, c)) {
            next.insert(if is_star(token) { *at } else { at + 1 });
        }
    }
    close(tokens, &mut next);
    next
}

/// Whether every text of `small` is a text of `large`: walks `small`'s positions together with the set of positions `large` can be at.
pub(super) fn included(small: &[Token], large: &[Token], letters: &[char]) -> bool {
    let mut start = BTreeSet::from([0]);
    close(large, &mut start);
    let mut seen: BTreeSet<(usize, BTreeSet<usize>)> = BTreeSet::from([(0, start)]);
    let mut work: VecDeque<(usize, BTreeSet<usize>)> = seen.iter().cloned().collect();
    let mut spent = 0;
    while let Some((at, states)) = work.pop_front() {
        if at == small.len() {
            if !states.contains(&large.len()) {
                return false;
            }
            continue;
        }
        let token = &small[at];
        let mut next = Vec::new();
        if is_star(token) {
            next.push((at + 1, states.clone()));
        }
        for c in letters.iter().filter(|c| accepts(token, **c)) {
            let reached = advance(large, &states, *c);
            spent += 1 + reached.len();
            if spent > WORK_LIMIT {
                return false;
            }
            // Every position of a pattern leads to its end, so a text has begun that `large` cannot finish.
            if reached.is_empty() {
                return false;
            }
            next.push((if is_star(token) { at } else { at + 1 }, reached));
        }
        for state in next {
            if seen.insert(state.clone()) {
                work.push_back(state);
            }
        }
    }
    true
}

/// Whether two patterns have a text in common: walks pairs of positions.
pub(super) fn intersects(one: &[Token], two: &[Token]) -> bool {
    let width = two.len() + 1;
    let mut seen = vec![false; (one.len() + 1) * width];
    let mut work = vec![(0, 0)];
    while let Some((a, b)) = work.pop() {
        if std::mem::replace(&mut seen[a * width + b], true) {
            continue;
        }
        let (left, right) = (one.get(a), two.get(b));
        if left.is_none() && right.is_none() {
            return true;
        }
        if left.is_some_and(is_star) {
            work.push((a + 1, b));
        }
        if right.is_some_and(is_star) {
            work.push((a, b + 1));
        }
        if let (Some(left), Some(right)) = (left, right)
            && share_char(left, right)
        {
            work.push((if is_star(left) { a } else { a + 1 }, if is_star(right) { b } else { b + 1 }));
        }
    }
    false
}

fn share_char(left: &Token, right: &Token) -> bool {
    match (left, right) {
        (Token::Char(c), token) | (token, Token::Char(c)) => accepts(token, *c),
        _ => true,
    }
}
