//! Calls that change rules of a network, or what a trail records.

use super::super::members::{list, member};
use super::super::opened::Opened;
use super::super::openings;
use super::call::{Call, parameter};
use crate::policy::network::{self, Audience, Protocol, Rule, Span};
use crate::policy::{ports, selectors};

impl Call {
    pub(super) fn selectors(&self) -> Opened {
        let Some(text) = self.some(parameter::request_parameters_event_selectors) else {
            return Opened::open("the record does not hold the selectors");
        };
        match selectors::recorded(text) {
            Err(problem) => Opened::open(problem.to_string()),
            Ok(recorded) => match recorded.left_out() {
                Some(left_out) => Opened::yes(format!("the trail records {left_out}")),
                None => Opened::no(),
            },
        }
    }

    /// Rules that a call adds: to the whole internet, on a port other than 80 and 443.
    pub(super) fn rules(&self) -> Opened {
        let added = self
            .json(parameter::request_parameters_security_group_rule)
            .or_else(|| self.json(parameter::response_elements_security_group_rule_set_items));
        let Some(added) = added else { return Opened::open("the record does not show the rules") };
        let entries = member(&added, "items").unwrap_or(&added);
        if list(Some(entries)).is_empty() {
            return Opened::open("the record does not show the rules");
        }
        let read = list(Some(entries)).iter().filter_map(openings::event_rule);
        let (rules, partial): (Vec<Rule>, Vec<Rule>) = read.partition(|rule| !rule.protocol.is_empty());
        let Some(web) = ports::standard("EC2.18") else { return Opened::no() };
        let found = network::security_group(&rules);
        let mut open = if partial.is_empty() { Opened::no() } else { Opened::open("the record does not hold the protocol of a rule") };
        for opening in &found.list {
            let (low, high) = match opening.span {
                Span::Whole => (0, u16::MAX),
                Span::Ports(low, high) => (low, high),
                Span::Types(..) => continue,
            };
            let what = if let Protocol::Number(_) | Protocol::Other = opening.protocol {
                // Protocols that have no ports here, such as SCTP and GRE, are let in whole.
                format!("everything of protocol {}", opening.protocol.code())
            } else {
                let beyond = ports::beyond(web, opening.protocol, low, high);
                let Some((first, last)) = beyond.first() else { continue };
                let of =
                    if opening.protocol == Protocol::All { "every protocol".to_owned() } else { opening.protocol.code().to_uppercase() };
                let ports = if first == last { format!("port {first}") } else { format!("ports {first} to {last}") };
                format!("{ports} of {of}")
            };
            match &opening.audience {
                Audience::World => return Opened::yes(what),
                Audience::Unknown { sources, .. } => {
                    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
                    open = Opened::open(format!("who is behind {} was not supplied", sources.join(", ")));
                }
                Audience::Wide | Audience::Named => {}
            }
        }
        open
    }
}
