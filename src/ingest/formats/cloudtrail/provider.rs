//! Whom an identity provider of web identities speaks for.

/// Providers, by domain, whose users are people: AWS names the first four in its guide to CloudTrail, in these spellings.
const PEOPLE: [&str; 7] = [
    "accounts.google.com",
    "graph.facebook.com",
    "www.amazon.com",
    "cognito-identity.amazonaws.com",
    "cognito-identity.amazon.com",
    "cognito-idp.*.amazonaws.com",
    "appleid.apple.com",
];

/// Providers, by domain, whose tokens name runs of pipelines and workloads of clusters. An asterisk stands for one part of it.
const PROGRAMS: [&str; 15] = [
    "token.actions.githubusercontent.com",
    "vstoken.actions.githubusercontent.com",
    "token.actions.*.ghe.com",
    "oidc.eks.*.amazonaws.com",
    "oidc.eks.*.amazonaws.com.cn",
    "oidc.circleci.com",
    "gitlab.com",
    "api.bitbucket.org",
    "app.terraform.io",
    "agent.buildkite.com",
    "container.googleapis.com",
    "api.pulumi.com",
    "oidc.vercel.com",
    "oidc.codefresh.io",
    "vstoken.dev.azure.com",
];

/// Whom a web identity stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A person.
    Person,
    /// A pipeline or workload.
    Program,
    /// Not known which of the two: company directories, say, issue tokens to both.
    Unknown,
}

impl Subject {
    /// Of a provider, as ARN, URL or domain, and the name that its token states, empty where it is not known.
    pub fn of(provider: &str, name: &str) -> Self {
        let provider = provider.split_once(":oidc-provider/").map_or(provider, |(_, name)| name);
        let provider = provider.strip_prefix("https://").unwrap_or(provider).to_ascii_lowercase();
        let domain = provider.split(['/', ':']).next().unwrap_or_default();
        let is = |known: &&str| {
            let (mut own, mut theirs) = (domain.split('.'), known.split('.'));
            loop {
                match (own.next(), theirs.next()) {
                    (None, None) => return true,
                    (Some(own), Some(part)) if part == own || part == "*" => {}
                    _ => return false,
                }
            }
        };
        if name.starts_with("system:serviceaccount:") || name.ends_with(".gserviceaccount.com") || PROGRAMS.iter().any(&is) {
            Self::Program
        } else if PEOPLE.iter().any(&is) {
            Self::Person
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_are_of_people_of_programs_or_of_either() {
        for (provider, name, expected) in [
            ("accounts.google.com", "dev@acme.example", Subject::Person),
            ("accounts.google.com", "app@project.iam.gserviceaccount.com", Subject::Program),
            ("cognito-identity.amazonaws.com", "eu-west-1:00000000-0000-0000-0000-000000000001", Subject::Person),
            ("arn:aws:iam::111122223333:oidc-provider/cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", "", Subject::Person),
            (
                "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
                "repo:acme/app:ref:refs/heads/main",
                Subject::Program,
            ),
            ("arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC", "", Subject::Program),
            ("arn:aws:iam::111122223333:oidc-provider/cluster.acme.example", "system:serviceaccount:prod:api", Subject::Program),
            ("arn:aws:iam::111122223333:oidc-provider/login.acme.example", "00u1", Subject::Unknown),
            ("arn:aws:iam::111122223333:oidc-provider/accounts.google.com.example.org", "", Subject::Unknown),
            ("", "", Subject::Unknown),
        ] {
            assert_eq!(Subject::of(provider, name), expected, "{provider} {name}");
        }
    }
}
