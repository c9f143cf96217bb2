//! The hash printed with an entry. It is taken over the whole entry as it was read, so that no field, new ones
//! included, can change a result and leave the hash as it was.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256, in hex, over an entry in canonical form: JSON without blanks, members in the order of their names.
///
/// # Errors
/// With the reason in words, when the entry cannot be written as JSON.
pub(super) fn of(entry: &impl Serialize) -> Result<String, String> {
    let value = serde_json::to_value(entry).map_err(|e| format!("it cannot be hashed: {e}"))?;
    let mut text = String::new();
    write(&value, &mut text);
    Ok(const_hex::encode(Sha256::digest(text.as_bytes())))
}

/// The order of members must not rest on how `serde_json` was compiled.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (i, (name, value)) in members.into_iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                text.push_str(&Value::String(name.clone()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for (i, value) in elements.iter().enumerate() {
                text.push_str(if i > 0 { "," } else { "" });
                write(value, text);
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde::de::DeserializeOwned;

    use super::super::{Control, Extract, Metric};
    use super::*;

    const SELECT: &str = "select = { events = [\"A\"], sources = [\"b\"], where = \"c = 'd'\" }\n";
    const BURSTS: &str = "bursts = { keys = [\"principal\"], distinct = \"event_name\", minutes = 5, at_least = 3, exception_from = 7 }\n";
    const CASE: &str = "[[case]]\nwhy = \"w\"\nrows = { t = [{ a = 1 }] }\nexpect = { population = 1 }\n";

    /// Each change must change the hash; together they must touch every field that an entry has.
    fn every_field_counts<T: Serialize + DeserializeOwned>(text: &str, changes: &[(&str, &str, &str)]) {
        let read = |text: &str| toml::from_str::<T>(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
        let before = of(&read(text)).unwrap();
        assert_eq!(before, of(&read(text)).unwrap());
        let mut seen = BTreeSet::from([before]);
        for (field, from, to) in changes {
            assert_eq!(text.matches(from).count(), 1, "{field}: {from}");
            assert!(seen.insert(of(&read(&text.replace(from, to))).unwrap()), "{field} changes and the hash does not");
        }
        let members = serde_json::to_value(read(text)).unwrap();
        let fields: BTreeSet<&str> = members.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(changes.iter().map(|c| c.0).collect::<BTreeSet<_>>(), fields, "the fields changed here and those there are");
    }

    const HEAD: [(&str, &str, &str); 9] = [
        ("id", "id = \"x-1\"", "id = \"x-2\""),
        ("title", "title = \"t\"", "title = \"u\""),
        ("pillar", "\"security\"", "\"reliability\""),
        ("criteria", "soc2:CC6.1", "soc2:CC6.2"),
        ("context", "soc2:CC7.1", "soc2:CC7.2"),
        ("procedure", "procedure = \"p\"", "procedure = \"q\""),
        ("requires", "requires = [\"trails\"]", "requires = []"),
        ("case", "population = 1", "population = 2"),
        ("select", "c = 'd'", "c = 'e'"),
    ];

    #[test]
    fn the_hash_of_a_control_covers_every_field() {
        let text = format!(
            "id = \"x-1\"\ntitle = \"t\"\npillar = \"security\"\nseverity = \"low\"\nfinding = \"f\"\neffect = \"e\"\neffort = \"medium\"\ncause = [\"actor\"]\nresource = \"res\"\nfamily = \"fam\"\naliases = [\"old\"]\ncriteria = [\"soc2:CC6.1\"]\ncontext = [\"soc2:CC7.1\"]\nobjective = \"o\"\nprocedure = \"p\"\npopulation = \"SELECT a FROM t\"\nexception = \"a > 1\"\nreason = \"'r'\"\nundetermined = \"'u'\"\nrecommend = \"do\"\nlimits = \"l\"\nrequires = [\"trails\"]\n{SELECT}{BURSTS}absence = {{ kind = \"management\", account = \"a\" }}\npresence = \"w\"\n{CASE}"
        );
        let own = [
            ("absence", "management", "data"),
            ("presence", "presence = \"w\"", "presence = \"v\""),
            ("severity", "\"low\"", "\"high\""),
            ("finding", "\"f\"", "\"g\""),
            ("effect", "\"e\"", "\"f\""),
            ("effort", "\"medium\"", "\"high\""),
            ("cause", "\"actor\"", "\"record\""),
            ("resource", "\"res\"", "\"ser\""),
            ("family", "\"fam\"", "\"kin\""),
            ("aliases", "\"old\"", "\"older\""),
            ("objective", "objective = \"o\"", "objective = \"n\""),
            ("population", "SELECT a FROM t", "SELECT a FROM u"),
            ("exception", "a > 1", "a > 2"),
            ("reason", "'r'", "'s'"),
            ("undetermined", "'u'", "'v'"),
            ("recommend", "\"do\"", "\"undo\""),
            ("limits", "limits = \"l\"", "limits = \"m\""),
            ("bursts", "at_least = 3", "at_least = 4"),
            ("bursts", "exception_from = 7", "exception_from = 8"),
            ("bursts", "minutes = 5", "minutes = 6"),
            ("bursts", "\"event_name\"", "\"event_source\""),
            ("bursts", "\"principal\"", "\"account_id\""),
            ("select", "[\"A\"]", "[\"B\"]"),
            ("select", "[\"b\"]", "[\"a\"]"),
            ("case", "a = 1", "a = 2"),
        ];
        every_field_counts::<Control>(&text, &[&HEAD[..], &own].concat());
    }

    #[test]
    fn the_hash_of_an_extract_covers_every_field() {
        let text = format!(
            "id = \"x-1\"\ntitle = \"t\"\npillar = \"security\"\ncriteria = [\"soc2:CC6.1\"]\ncontext = [\"soc2:CC7.1\"]\nobjective = \"o\"\nprocedure = \"p\"\nquery = \"SELECT a FROM t\"\nrequires = [\"trails\"]\nlimit_note = \"l\"\n{SELECT}{BURSTS}{CASE}"
        );
        let own = [
            ("objective", "objective = \"o\"", "objective = \"n\""),
            ("query", "SELECT a FROM t", "SELECT a FROM u"),
            ("limit_note", "\"l\"", "\"m\""),
            ("bursts", "at_least = 3", "at_least = 4"),
        ];
        every_field_counts::<Extract>(&text, &[&HEAD[..], &own].concat());
    }

    #[test]
    fn the_hash_of_a_metric_covers_every_field() {
        let text = format!(
            "id = \"x-1\"\ntitle = \"t\"\npillar = \"security\"\ncriteria = [\"soc2:CC6.1\"]\ncontext = [\"soc2:CC7.1\"]\nunit = \"count\"\ndirection = \"up\"\nprocedure = \"p\"\nvalue = \"SELECT a AS value FROM v\"\nnumerator = \"SELECT a AS value FROM n\"\ndenominator = \"SELECT a AS value FROM d\"\nbreakdown = \"SELECT a AS value FROM b\"\nbreakdown_unit = \"kWh\"\nbreakdown_title = \"bt\"\ntarget = \"0\"\nopportunity = true\nrequires = [\"trails\"]\nlimits = \"l\"\n{SELECT}{CASE}"
        );
        let own = [
            ("unit", "unit = \"count\"", "unit = \"ratio\""),
            ("direction", "\"up\"", "\"down\""),
            ("value", "FROM v", "FROM w"),
            ("numerator", "FROM n", "FROM m"),
            ("denominator", "FROM d", "FROM e"),
            ("breakdown", "FROM b", "FROM c"),
            ("breakdown_unit", "\"kWh\"", "\"Wh\""),
            ("breakdown_title", "\"bt\"", "\"bu\""),
            ("target", "\"0\"", "\"1\""),
            ("opportunity", "= true", "= false"),
            ("limits", "limits = \"l\"", "limits = \"m\""),
        ];
        every_field_counts::<Metric>(&text, &[&HEAD[..], &own].concat());
    }

    #[test]
    fn the_canonical_form_does_not_rest_on_the_order_of_members() {
        let mut text = String::new();
        write(&serde_json::json!({"b": [1, {"d": null, "c": "\"\n"}], "a": true}), &mut text);
        assert_eq!(text, r#"{"a":true,"b":[1,{"c":"\"\n","d":null}]}"#);
    }
}
