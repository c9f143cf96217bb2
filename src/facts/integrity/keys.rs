//! Public keys and signatures: RSASSA-PKCS1-v1_5 with SHA-256 (formats.md 2.3, 2.5).

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

/// The only algorithm CloudTrail documents.
const ALGORITHM: &str = "SHA256withRSA";

/// One public key of `list-public-keys`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublicKey {
    /// MD5 of the DER bytes, lower-case hex: what the fingerprint is in every key seen, though AWS does not document it.
    pub md5: String,
    /// Fingerprint as the list states it; may be empty.
    pub stated: String,
    /// DER of a PKCS#1 `RSAPublicKey`.
    pub der: Vec<u8>,
    /// First moment it signs at, UTC microseconds.
    pub from: Option<i64>,
    /// Last moment it signs at.
    pub until: Option<i64>,
}

/// The keys of all lists supplied.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    all: Vec<PublicKey>,
}

/// What came of testing one signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signature {
    /// It fits, with a key whose fingerprint is its own MD5.
    Verified,
    /// It does not fit what was signed.
    Failed,
    /// No key list names the key.
    KeyUnknown,
    /// It fits the key that the list states for the fingerprint, but the fingerprint is not the MD5 of that key.
    FitsNotConfirmed,
    /// It does not fit such a key: the list may name the wrong one, so the misfit shows nothing.
    KeyNotConfirmed,
    /// Signed in a way nobody documents.
    AlgorithmUnknown,
    /// The signature itself was not supplied.
    NotSupplied,
}

impl Signature {
    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Failed => "does not fit",
            Self::KeyUnknown => "key not in the key lists",
            Self::FitsNotConfirmed => "fits, fingerprint of the key not confirmed",
            Self::KeyNotConfirmed => "fingerprint of the key not confirmed",
            Self::AlgorithmUnknown => "algorithm not known",
            Self::NotSupplied => "not supplied",
        }
    }
}

impl Keys {
    /// Keys by fingerprint, copies removed.
    pub fn new(mut all: Vec<PublicKey>) -> Self {
        all.sort();
        all.dedup();
        Self { all }
    }

    /// Whether no key was supplied.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Number of distinct keys.
    pub fn len(&self) -> usize {
        let mut md5: Vec<&str> = self.all.iter().map(|k| k.md5.as_str()).collect();
        md5.dedup();
        md5.len()
    }

    /// Keys whose stated fingerprint is not theirs.
    pub fn unconfirmed(&self) -> impl Iterator<Item = &PublicKey> {
        self.all.iter().filter(|k| !k.stated.is_empty() && k.stated != k.md5)
    }

    /// The key that signed, and whether its fingerprint is confirmed.
    pub fn of(&self, fingerprint: &str) -> Option<(&PublicKey, bool)> {
        let confirmed = self.all.iter().find(|k| k.md5 == fingerprint);
        confirmed.map(|k| (k, true)).or_else(|| self.all.iter().find(|k| k.stated == fingerprint).map(|k| (k, false)))
    }

    /// Tests a signature, given as hex, over `message`.
    pub fn test(&self, fingerprint: &str, algorithm: &str, message: &[u8], signature: &str) -> Signature {
        if !algorithm.is_empty() && algorithm != ALGORITHM {
            return Signature::AlgorithmUnknown;
        }
        match self.of(&fingerprint.to_ascii_lowercase()) {
            None => Signature::KeyUnknown,
            Some((key, false)) if fits(&key.der, message, signature) => Signature::FitsNotConfirmed,
            Some((_, false)) => Signature::KeyNotConfirmed,
            Some((key, true)) if fits(&key.der, message, signature) => Signature::Verified,
            Some(_) => Signature::Failed,
        }
    }

    /// Whether `at` lies in the time a key is valid for; true where the list does not say.
    pub fn valid_at(&self, fingerprint: &str, at: i64) -> bool {
        let own = self.all.iter().filter(|k| k.md5 == fingerprint);
        let mut inside = own.map(|k| k.from.is_none_or(|f| f <= at) && k.until.is_none_or(|u| at <= u)).peekable();
        inside.peek().is_none() || inside.any(|i| i)
    }
}

/// Whether a hex signature over `message` fits a PKCS#1 key.
pub fn fits(der: &[u8], message: &[u8], signature: &str) -> bool {
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
    const_hex::decode(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
}
