use super::{BUILTIN, parse};
use crate::finding::rank;
use crate::{Category, Explainer, Facts, Trace};

#[test]
fn packs_compiled_in_hold_and_name_their_words_and_examples() {
    let rules = parse(BUILTIN, rank::TOOL).unwrap_or_else(|error| panic!("{error}"));
    assert!(rules.iter().all(|rule| !rule.needs.is_empty()));
    for (name, text) in BUILTIN {
        let file: toml::Table = toml::from_str(text).unwrap();
        for rule in file["rule"].as_array().unwrap() {
            assert!(
                rule.get("examples")
                    .is_some_and(|examples| !examples.as_array().unwrap().is_empty()),
                "{name}: {rule}"
            );
        }
    }
}

#[test]
fn errors_name_pack_rule_and_what_is_wrong() {
    let pack = r#"
        [[rule]]
        id = "one"
        pattern = "(unclosed"
        category = "weather"
        [[rule]]
        id = "two"
        pattern = "boom (.+)"
        category = "test"
        examples = [{ line = "boom x", capture = "y" }]
        counterexamples = ["boom z"]
        [[rule]]
        pattern = "x"
        category = "test"
        colour = "red"
    "#;
    let error = Explainer::with_rules(&[("mine", pack), ("broken", "[[")]).unwrap_err();
    let text = error.to_string();
    for wanted in [
        "pack `mine`, rule `one`: category: unknown word `weather`",
        "pack `mine`, rule `one`: pattern:",
        "pack `mine`, rule `two`: captures `x` and not `y` of `boom x`",
        "pack `mine`, rule `two`: matches its counterexample `boom z`",
        "pack `mine`, rule `#3`:",
        "pack `broken`: no readable TOML",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

#[test]
fn rules_of_a_user_come_first_and_need_no_words() {
    let pack = r#"
        [[rule]]
        id = "flux"
        pattern = "flux capacitor (\\w+) drained"
        category = "deploy"
        whose = "infra"
    "#;
    let explainer = Explainer::with_rules(&[("mine", pack)]).unwrap();
    let log = "fatal: something\nflux capacitor seven drained at 12:00\nmain.c:1:2: error: x\n";
    let answer = explainer.explain(
        &Facts::default(),
        Some(&Trace::clean(log.as_bytes(), b"", 0)),
        None,
    );
    assert_eq!((answer.category, answer.line), (Category::Deploy, Some(2)));
    assert_eq!(answer.decided_by.name, "mine/flux");
    assert_eq!(answer.signature.pattern, "seven");
    assert_ne!(explainer.version(), Explainer::builtin().version());
}

#[test]
fn checkstyle_of_maven_is_told_by_its_first_violation() {
    let log = "[INFO] --- checkstyle:3.3.0:check (validate) @ z ---\n\
               [ERROR] src/main/java/A.java:[12,5] (whitespace) WhitespaceAround: '{' is not preceded with whitespace.\n\
               [ERROR] src/main/java/B.java:[3] (imports) UnusedImports: Unused import - java.util.List.\n\
               [INFO] BUILD FAILURE\n\
               [ERROR] Failed to execute goal org.apache.maven.plugins:maven-checkstyle-plugin:3.3.0:check (validate) on project z: You have 2 Checkstyle violations. -> [Help 1]\n\
               ERROR: Job failed: exit code 1\n";
    let explain = |log: &str| {
        let trace = Trace::clean(log.as_bytes(), b"", 0);
        Explainer::builtin().explain(&Facts::default(), Some(&trace), None)
    };
    let found = explain(log);
    assert_eq!(found.category, Category::Lint);
    assert!(
        found.headline.contains("A.java:[12,5] (whitespace)"),
        "{}",
        found.headline
    );
    // Where violations are not printed, their number is.
    let quiet: String = log
        .lines()
        .filter(|line| !line.contains(".java"))
        .fold(String::new(), |text, line| text + line + "\n");
    let found = explain(&quiet);
    assert_eq!(found.category, Category::Lint);
    assert!(
        found.headline.contains("You have 2 Checkstyle violations"),
        "{}",
        found.headline
    );
}
