//! The guide's mistakes do not compile.

#[test]
fn the_guides_mistakes_are_refused() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
