//! How files are read, as the flags say.

use crate::cli::{Caps, Global};
use crate::ingest::reading::container::Limits;
use crate::store::build::Reading;

/// What a file may cost, as the flags say.
pub fn limits(caps: &Caps) -> Limits {
    Limits { file: caps.max_file_size, expansion: caps.max_expansion, members: caps.max_members }
}

/// How files are read, as the flags say.
pub fn reading(caps: &Caps, keep_raw: bool, global: &Global) -> Reading {
    Reading { limits: limits(caps), threads: threads(global), keep_raw }
}

/// Worker threads: as asked, else the machine's cores.
pub fn threads(global: &Global) -> usize {
    match global.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
}
