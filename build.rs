//! Cargo sees a change of a file that is built in, but not a new one: the folders are watched.

fn main() {
    for folder in ["src/catalogue", "templates"] {
        println!("cargo::rerun-if-changed={folder}");
    }
}
