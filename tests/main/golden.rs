//! What a user sees, as golden texts: help and errors. `TRYCMD=overwrite` writes them anew; read what changed.

#[test]
fn help_and_errors_are_what_they_were() {
    let cases = trycmd::TestCases::new();
    cases.default_bin_path(env!("CARGO_BIN_EXE_sixpillars"));
    cases.register_bin("sixpillars", std::path::Path::new(env!("CARGO_BIN_EXE_sixpillars")));
    cases.env("NO_COLOR", "1").env("COLUMNS", "120").case(crate::harness::root().join("tests/golden/*.trycmd"));
}
