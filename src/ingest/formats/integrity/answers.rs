//! Saved answers that let signatures be tested: public keys, metadata of digest objects, sign files of Lake results.

use base64::Engine as _;
use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

use super::{member, moment, objects, text};
use crate::ingest::batch::Output;
use crate::ingest::reading::pages;
use crate::schema::tables::{DigestSignaturesRow, LakeSignFilesRow, PublicKeysRow};

/// Reads `list-public-keys` to `public_keys` (formats.md 2.5). The key is base64 of the DER of a PKCS#1
/// `RSAPublicKey`, and its fingerprint the MD5 of these bytes, which is computed beside what is stated.
pub fn read_public_keys(content: &[u8], out: &mut Output<'_>) {
    objects(content, out, |object, out| {
        if text(object, "NextToken").is_some_and(|t| !t.is_empty()) {
            out.note(pages::incomplete("NextToken"));
        }
        elements(object, "PublicKeyList", out, |key, record, out| {
            let value = text(key, "Value").ok_or("Value of the key is no text")?;
            let packed: String = value.split_whitespace().collect();
            let der =
                base64::engine::general_purpose::STANDARD.decode(&packed).map_err(|e| format!("Value of the key is no base64: {e}"))?;
            let md5 = const_hex::encode(Md5::digest(&der));
            let stated = text(key, "Fingerprint").map(str::to_ascii_lowercase);
            let (from, until) = (moment(key, "ValidityStartTime", out), moment(key, "ValidityEndTime", out));
            let row = PublicKeysRow {
                key_fingerprint: stated.as_deref(),
                key_md5: Some(&md5),
                key_value: Some(&packed),
                valid_from: from,
                valid_until: until,
            };
            out.row(record, &row);
            Ok(())
        });
    });
}

/// Reads `head-object` answers to `digest_signatures` (formats.md 2.4). The answer does not name the object, so
/// the name of the file is kept.
pub fn read_metadata(content: &[u8], path: &str, out: &mut Output<'_>) {
    objects(content, out, |object, out| {
        let record = out.counts.read;
        out.read(1);
        let empty = Map::new();
        let metadata = member(object, "Metadata").and_then(Value::as_object).unwrap_or(&empty);
        let Some(signature) = text(metadata, "signature") else {
            out.reject(record, None, "the metadata of the object hold no signature, so the object is no digest file");
            return;
        };
        let generated = moment(metadata, "backfill-generation-timestamp", out);
        let modified = moment(object, "LastModified", out);
        let name = path.rsplit('/').next().unwrap_or(path);
        let signature = signature.to_ascii_lowercase();
        let algorithm = text(metadata, "signature-algorithm");
        let row = DigestSignaturesRow {
            file_name: Some(name),
            signature: Some(&signature),
            signature_algorithm: algorithm,
            backfill_generated_at: generated,
            last_modified: modified,
        };
        out.row(record, &row);
        out.kept(1);
    });
}

/// Reads a sign file of CloudTrail Lake results to `lake_sign_files` (formats.md 1.8).
pub fn read_sign_file(content: &[u8], out: &mut Output<'_>) {
    objects(content, out, |object, out| {
        let completed = moment(object, "queryCompleteTime", out);
        let signature = text(object, "hashSignature").map(str::to_ascii_lowercase);
        let fingerprint = text(object, "publicKeyFingerprint").map(str::to_ascii_lowercase);
        let mut position = 0;
        elements(object, "files", out, |file, record, out| {
            let name = text(file, "fileName").ok_or("fileName is no text")?;
            let hash = text(file, "fileHashValue").ok_or("fileHashValue is no text")?;
            out.row(
                record,
                &LakeSignFilesRow {
                    region: text(object, "region"),
                    query_completed_at: completed,
                    position: Some(position),
                    file_name: Some(name),
                    file_sha256: Some(hash),
                    hash_algorithm: text(object, "hashAlgorithm"),
                    signature_algorithm: text(object, "signatureAlgorithm"),
                    signature: signature.as_deref(),
                    key_fingerprint: fingerprint.as_deref(),
                },
            );
            position += 1;
            Ok(())
        });
    });
}

/// Reads each element of a list of objects; an error of `row` is a reject with that reason.
fn elements(
    object: &Map<String, Value>,
    list: &str,
    out: &mut Output<'_>,
    mut row: impl FnMut(&Map<String, Value>, u64, &mut Output<'_>) -> Result<(), String>,
) {
    let Some(Value::Array(list)) = member(object, list) else {
        let record = out.counts.read;
        out.read(1);
        out.reject(record, None, format!("{list} of the answer is no list"));
        return;
    };
    for element in list {
        let record = out.counts.read;
        out.read(1);
        let done = element.as_object().ok_or_else(|| "the element is no object".to_owned()).and_then(|e| row(e, record, out));
        match done {
            Ok(()) => out.kept(1),
            Err(reason) => out.reject(record, None, reason),
        }
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::formats::cost::testing::{collect, real_data};

    #[test]
    fn the_fingerprint_is_the_md5_of_the_key() {
        // The published example of AWS's documentation.
        let Some(folder) = real_data("cloudtrail-digest") else { return };
        let answer = std::fs::read(folder.join("lake-sign-file/list-public-keys.example.json")).unwrap();
        let read = collect(|out| read_public_keys(&answer, out));
        assert_eq!(read.account(), (1, 1, 0));
        assert_eq!(read.rows[0].get("key_md5"), "7f3f401420072e50a65a141430817ab3");
        assert_eq!(read.rows[0].pick(["key_fingerprint", "valid_from"]), ["7f3f401420072e50a65a141430817ab3", "2016-01-18T00:25:02Z"]);
        let sign = std::fs::read(folder.join("lake-sign-file/result_sign.json")).unwrap();
        let read = collect(|out| read_sign_file(&sign, out));
        assert_eq!(read.account(), (1, 1, 0));
        assert_eq!(
            read.rows[0].pick(["file_name", "region", "key_fingerprint"]),
            ["result_1.csv.gz", "us-east-1", "67b9fa73676d86966b449dd677850753"]
        );
    }

    #[test]
    fn times_in_every_form_and_broken_keys() {
        let keys = r#"{"publicKeyList":[
            {"Value":"AAAA","Fingerprint":"4AE71336E44BF9BF79D2752E234818A5","ValidityStartTime":"1714176000.0","ValidityEndTime":"2024-05-26T00:00:00+00:00"},
            {"Value":"A-A"},{"Fingerprint":"x"},null]}"#;
        let read = collect(|out| read_public_keys(keys.as_bytes(), out));
        assert_eq!(read.account(), (4, 1, 3));
        // md5 of three zero bytes, by `printf '\0\0\0' | md5sum`.
        assert_eq!(
            read.rows[0].pick(["key_fingerprint", "key_md5", "valid_from", "valid_until"]),
            ["4ae71336e44bf9bf79d2752e234818a5", "693e9af84d3dfcc71e640e005bdc5e2e", "2024-04-27T00:00:00Z", "2024-05-26T00:00:00Z"]
        );
    }

    #[test]
    fn metadata_with_and_without_a_signature() {
        let text = r#"{"LastModified":"2024-05-01T10:07:00+00:00","ContentLength":912,"Metadata":{"Signature":"3BE4","signature-algorithm":"SHA256withRSA"}}{"ContentLength":1,"Metadata":{}}"#;
        let read = collect(|out| read_metadata(text.as_bytes(), "a/b/head.json", out));
        assert_eq!(read.account(), (2, 1, 1));
        assert_eq!(read.rows[0].pick(["file_name", "signature", "signature_algorithm"]), ["head.json", "3be4", "SHA256withRSA"]);
    }
}
