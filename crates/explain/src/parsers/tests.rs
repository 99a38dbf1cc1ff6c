use crate::{Category, Explainer, Facts, Trace};

fn line(log: &str) -> (Option<u32>, Category, String) {
    let trace = Trace::clean(log.as_bytes(), b"", 0);
    let answer = Explainer::builtin().explain(&Facts::default(), Some(&trace), None);
    (answer.line, answer.category, answer.headline)
}

#[test]
fn rust_panic_in_a_test_names_test_and_message() {
    let (at, category, headline) = line(
        "---- tests::adds stdout ----\nthread 'tests::adds' panicked at src/lib.rs:5:9:\nassertion `left == right` failed\n  left: 1\n right: 2\n\ntest result: FAILED. 0 passed; 1 failed\nerror: test failed, to rerun pass `--lib`\n",
    );
    assert_eq!((at, category), (Some(2), Category::Test));
    assert!(headline.contains("tests::adds") && headline.contains("left == right"));
}
