//! Identity providers: whose users a federated principal lets in.
//!
//! Some OpenID Connect issuers sign tokens for everybody's tenants. For those a trust policy must fix the tenant by the claim
//! that names it. Issuers and claims: IAM User Guide, "Identity-provider controls for shared OIDC providers", read 2026-11;
//! forms of `sub`: the providers' own pages on OpenID Connect with AWS. Amazon Cognito's identity pools and the public logins
//! (Google, Facebook, Login with Amazon) name the tenant by the audience. Any other issuer serves one tenant.

use std::collections::{BTreeMap, BTreeSet};

use super::Reason;
use super::audience::{Audience, Tenant};
use super::limit::Claimed;

/// How the values of a claim fix a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The whole value: wildcards fix nothing.
    Whole,
    /// The part before the first slash: `acme/repository`.
    Path,
    /// `key:TENANT` up to the next `/`, `:` or `@`, with one of these keys; any key where none is listed.
    Keyed(&'static [&'static str]),
}

/// A shared issuer with the claims of which one must fix the tenant.
struct Shared {
    issuer: &'static str,
    claims: &'static [(&'static str, Form)],
}

const fn sub(issuer: &'static str) -> Shared {
    Shared { issuer, claims: &[("sub", Form::Keyed(&[]))] }
}

const fn audience(issuer: &'static str) -> Shared {
    Shared { issuer, claims: &[("aud", Form::Whole)] }
}

const GITHUB: &[(&str, Form)] = &[
    (
        "sub",
        Form::Keyed(&[
            "repo",
            "repository",
            "repository_id",
            "repository_owner",
            "repository_owner_id",
            "enterprise",
            "enterprise_id",
            "job_workflow_ref",
        ]),
    ),
    ("repository", Form::Path),
    ("repository_id", Form::Whole),
    ("repository_owner", Form::Whole),
    ("repository_owner_id", Form::Whole),
    ("enterprise", Form::Whole),
    ("enterprise_id", Form::Whole),
    ("job_workflow_ref", Form::Path),
];

const SHARED: &[Shared] = &[
    Shared { issuer: "token.actions.githubusercontent.com", claims: GITHUB },
    sub("vstoken.actions.githubusercontent.com"),
    sub("oidc-configuration.audit-log.githubusercontent.com"),
    Shared {
        issuer: "gitlab.com",
        claims: &[
            ("sub", Form::Keyed(&["project_path"])),
            ("project_path", Form::Path),
            ("namespace_path", Form::Path),
            ("namespace_id", Form::Whole),
            ("project_id", Form::Whole),
        ],
    },
    Shared {
        issuer: "app.terraform.io",
        claims: &[
            ("sub", Form::Keyed(&["organization"])),
            ("terraform_organization_id", Form::Whole),
            ("terraform_organization_name", Form::Whole),
        ],
    },
    Shared {
        issuer: "agent.buildkite.com",
        claims: &[("sub", Form::Keyed(&["organization"])), ("organization_id", Form::Whole), ("organization_slug", Form::Whole)],
    },
    sub("oidc.codefresh.io"),
    sub("studio.datachain.ai/api"),
    sub("scalr.io"),
    sub("tokens.cloud.shisho.dev"),
    sub("proidc.upbound.io"),
    audience("api.pulumi.com/oidc"),
    audience("sandboxes.cloud"),
    audience("oidc.vercel.com"),
    Shared { issuer: "sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d", claims: &[("sts:rolesessionname", Form::Whole)] },
    Shared { issuer: "cognito-identity.amazonaws.com", claims: &[("aud", Form::Whole)] },
    Shared {
        issuer: "accounts.google.com",
        claims: &[("aud", Form::Whole), ("oaud", Form::Whole), ("sub", Form::Whole), ("google/organization_number", Form::Whole)],
    },
    Shared { issuer: "graph.facebook.com", claims: &[("app_id", Form::Whole), ("id", Form::Whole)] },
    Shared { issuer: "www.amazon.com", claims: &[("app_id", Form::Whole), ("user_id", Form::Whole)] },
];

/// The issuer of a provider given by ARN, URL or domain name, in lower case. `None` for a SAML provider.
fn issuer(provider: &str) -> Option<String> {
    let name = match provider.split_once(":saml-provider/") {
        Some(_) => return None,
        None => provider.split_once(":oidc-provider/").map_or(provider, |(_, name)| name),
    };
    let name = name.trim();
    let name = name.strip_prefix("https://").unwrap_or(name);
    Some(name.trim_end_matches('/').to_ascii_lowercase())
}

/// The text before the first wildcard.
fn literal(value: &Claimed) -> &str {
    if value.wild { value.text.split(['*', '?']).next().unwrap_or_default() } else { &value.text }
}

/// Whether every text that a value matches is of one tenant.
fn fixes(value: &Claimed, form: Form) -> bool {
    let (literal, value) = (literal(value), value.text.as_str());
    let whole = literal.len() == value.len();
    match form {
        Form::Whole => whole && !value.is_empty(),
        Form::Path => literal.split_once('/').map_or(whole && !value.is_empty(), |(tenant, _)| !tenant.is_empty()),
        Form::Keyed(keys) => {
            let Some((key, rest)) = literal.split_once(':') else { return false };
            let known = keys.is_empty() || keys.contains(&key);
            known && rest.split_once(['/', ':', '@']).map_or(whole && !rest.is_empty(), |(tenant, _)| !tenant.is_empty())
        }
    }
}

/// Of two conditions on one claim keeps the one that fixes more: the one with more text before its wildcards.
pub(super) fn narrower(own: &mut BTreeSet<Claimed>, other: &BTreeSet<Claimed>) {
    let least = |values: &BTreeSet<Claimed>| values.iter().map(|value| literal(value).len()).min().unwrap_or(0);
    if (least(other), &*own) > (least(own), other) {
        own.clone_from(other);
    }
}

/// The issuer that a claim's condition key names.
pub(super) fn issuer_of_claim(key: &str) -> Option<&str> {
    key.rsplit_once(':').map(|(issuer, _)| issuer).filter(|issuer| issuer.contains('.'))
}

/// The audience of a federated principal.
pub(super) fn rows(provider: &str, claims: &BTreeMap<String, BTreeSet<Claimed>>) -> Vec<Row> {
    let mut reasons = BTreeSet::new();
    let tenant = match issuer(provider) {
        None => Tenant::Own,
        Some(issuer) if issuer == "*" => Tenant::Anybody,
        Some(issuer) => match SHARED.iter().find(|shared| shared.issuer == issuer) {
            None => Tenant::Own,
            Some(shared) => {
                let claim = |name: &str| {
                    let key = if name.contains(':') { name.to_owned() } else { format!("{issuer}:{name}") };
                    claims.iter().find(|(own, _)| own.eq_ignore_ascii_case(&key)).map(|(_, values)| values)
                };
                let fixed = shared
                    .claims
                    .iter()
                    .find_map(|(name, form)| claim(name).filter(|values| values.iter().all(|value| fixes(value, *form))));
                if issuer == "cognito-identity.amazonaws.com" {
                    let authenticated = claim("amr").is_some_and(|values| values.iter().all(|value| literal(value) == "authenticated"));
                    if !authenticated {
                        reasons.insert(Reason::Guests);
                    }
                }
                match fixed {
                    Some(values) => Tenant::Fixed(values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(" ")),
                    None => {
                        reasons.insert(Reason::SharedProvider);
                        Tenant::Anybody
                    }
                }
            }
        },
    };
    vec![Row { audience: Audience::Federated { provider: provider.to_owned(), tenant }, named: BTreeSet::new(), reasons }]
}

/// An audience of a term, with what the policy names.
pub(super) struct Row {
    pub audience: Audience,
    pub named: BTreeSet<String>,
    pub reasons: BTreeSet<Reason>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_fix_a_tenant() {
        let keyed = |issuer: &str| SHARED.iter().find(|shared| shared.issuer == issuer).map_or(Form::Whole, |shared| shared.claims[0].1);
        let (github, gitlab, terraform) = (keyed("token.actions.githubusercontent.com"), keyed("gitlab.com"), keyed("app.terraform.io"));
        let cases = [
            (github, "repo:acme/api:ref:refs/heads/main", true),
            (github, "repo:acme/api:*", true),
            (github, "repo:acme/*", true),
            (github, "repo:acme/?pi:*", true),
            (github, "repo:acme@123/api@456:*", true),
            (github, "repo:acme@*/api@*:*", true),
            (github, "repository_owner:acme:environment:prod", true),
            (github, "repo:acme*", false),
            (github, "repo:acme*/api:*", false),
            (github, "repo:acme-*/*", false),
            (github, "repo:??????/*", false),
            (github, "repo:a?me/*", false),
            (github, "repo:*", false),
            (github, "repo*", false),
            (github, "*", false),
            (github, "*acme/api*", false),
            (github, "repo:*/api:*", false),
            (github, "repo:/x", false),
            (github, "environment:production", false), // anybody can name an environment so
            (github, "", false),
            (gitlab, "project_path:acme/infra:ref_type:branch:ref:main", true),
            (gitlab, "project_path:acme/*", true),
            (gitlab, "project_path:acme*", false),
            (gitlab, "project_path:*", false),
            (terraform, "organization:acme:project:*:workspace:*:run_phase:*", true),
            (terraform, "organization:acme*", false),
            (terraform, "organization:*:project:x", false),
            (Form::Whole, "eu-west-1:11111111-2222-3333-4444-555555555555", true),
            (Form::Whole, "eu-west-1:*", false),
            (Form::Whole, "", false),
            (Form::Path, "acme/api", true),
            (Form::Path, "acme/*", true),
            (Form::Path, "acme*", false),
        ];
        for (form, value, expected) in cases {
            assert_eq!(fixes(&Claimed { text: value.into(), wild: true }, form), expected, "{value}");
        }
    }

    #[test]
    fn issuers() {
        let cases = [
            ("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com", Some("token.actions.githubusercontent.com")),
            ("arn:aws-cn:iam::111122223333:oidc-provider/GitLab.com", Some("gitlab.com")),
            ("https://gitlab.com/", Some("gitlab.com")),
            ("cognito-identity.amazonaws.com", Some("cognito-identity.amazonaws.com")),
            ("arn:aws:iam::111122223333:saml-provider/Okta", None),
        ];
        for (provider, expected) in cases {
            assert_eq!(issuer(provider).as_deref(), expected, "{provider}");
        }
    }
}
