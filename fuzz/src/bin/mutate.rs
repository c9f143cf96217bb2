//! Mutates real samples and gives them to one target: `mutate TARGET SECONDS [SEED]`. Needs no nightly
//! compiler and knows no coverage; the seed of a failure is printed before the input is tried.

use std::path::Path;
use std::time::{Duration, Instant};

/// A small generator of random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.next() % n as u64) as usize }
    }
}

/// Texts that readers trip over.
const WORDS: [&[u8]; 28] = [
    b"null",
    b"{}",
    b"[]",
    b"\"\"",
    b"\\ud800",
    b"\0",
    b"1e999",
    b"-0",
    b"99999999999999999999",
    b"{\"a\":",
    b"[[[[[[[[",
    b"]]",
    b"}",
    b"\"",
    b",",
    b"\n",
    b"\r\n",
    b"\xff\xfe",
    b"\x1f\x8b\x08",
    b"0000-01-01T00:00:00Z",
    b"9999-12-31T23:59:60Z",
    b"+292277-01-01T00:00:00Z",
    b"2026-02-30",
    b"Records",
    b"configurationItems",
    b"CloudTrailEvent",
    b"\xc3",
    b"1.7976931348623157e308",
];

fn mutated(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = corpus[random.below(corpus.len())].clone();
    // A window of a large sample, most of the time.
    if data.len() > 20_000 && random.below(8) != 0 {
        let from = if random.below(3) == 0 { random.below(data.len()) } else { 0 };
        let length = 2_000 + random.below(18_000);
        data = data[from..(from + length).min(data.len())].to_vec();
    }
    for _ in 0..=random.below(6) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(64)).min(data.len());
        match random.below(8) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 if at < data.len() => data[at] = random.next() as u8,
            2 => drop(data.drain(at..end)),
            3 => drop(data.splice(at..at, WORDS[random.below(WORDS.len())].iter().copied())),
            4 => drop(data.splice(at..end, WORDS[random.below(WORDS.len())].iter().copied())),
            5 => data.truncate(at),
            6 => {
                let part = data[at..end].to_vec();
                let to = random.below(data.len() + 1);
                drop(data.splice(to..to, part));
            }
            _ => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let part = other[from..(from + random.below(200)).min(other.len())].to_vec();
                drop(data.splice(at..end, part));
            }
        }
    }
    data
}

/// The sample's files, packed as they are and unpacked, and for `time` their times.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/acme");
    let wanted: &[&str] = match target {
        "cloudtrail" => &["cloudtrail"],
        "config" => &["config"],
        "cost" => &["cost"],
        "credentials" => &["iam"],
        "answers" => &["cloudtrail", "config", "organizations", "iam"],
        _ => &[""],
    };
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(&sample).sort_by_file_name().into_iter().map(Result::unwrap) {
        let name = entry.path().strip_prefix(&sample).unwrap().to_string_lossy().into_owned();
        let size = entry.metadata().unwrap().len();
        let toml = name.ends_with(".toml");
        if !entry.file_type().is_file() || !wanted.iter().any(|w| name.starts_with(w)) || size > 2 << 20 || toml != (target == "engagement")
        {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        if target == "container" {
            found.push(bytes);
        } else if let Ok(text) = sixpillars_fuzz::ingest::container::unpack(bytes) {
            found.push(text.bytes);
        }
        if found.len() >= 400 {
            break;
        }
    }
    match target {
        "time" => {
            let times = [
                "2026-04-01T00:00:00Z",
                "2026-04-01T12:34:56.123456+02:00",
                "2026-04-01",
                "1775001600",
                "1775001600123",
                "20260401T000000Z",
            ];
            times.iter().map(|t| t.as_bytes().to_vec()).collect()
        }
        "matrix" => {
            found.retain(|f| !f.starts_with(b"{"));
            found.push(b"control_id,control_text,criteria,tests\nC1,Logging is on,CC7.2,trail-logging\n".to_vec());
            found
        }
        _ => found,
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let seconds = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(60);
    let mut seed: u64 = arguments.next().and_then(|s| s.parse().ok()).unwrap_or(1);
    let Some((_, target)) = sixpillars_fuzz::TARGETS.iter().find(|(n, _)| *n == name) else {
        println!("usage: mutate TARGET SECONDS [SEED]; targets:");
        sixpillars_fuzz::TARGETS.iter().for_each(|(n, _)| println!("  {n}"));
        return;
    };
    let corpus = corpus(&name);
    let start = Instant::now();
    let mut tried = 0u64;
    let mut slowest = Duration::ZERO;
    while start.elapsed() < Duration::from_secs(seconds) {
        let data = mutated(&corpus, &mut Random(seed));
        let one = Instant::now();
        if let Err(panic) = std::panic::catch_unwind(|| target(&data)) {
            let file = format!("{name}-{seed}.bin");
            std::fs::write(&file, &data).unwrap();
            println!("seed {seed}: written to {file}");
            std::panic::resume_unwind(panic);
        }
        if one.elapsed() > slowest {
            slowest = one.elapsed();
            println!("seed {seed}: {slowest:?} for {} bytes", data.len());
        }
        seed = seed.wrapping_add(1);
        tried += 1;
    }
    println!("{name}: {tried} inputs, none failed");
}
