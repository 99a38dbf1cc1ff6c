//! Which tool a job uses, read from its name as a person would, and else from its project.

use crate::resources::Dice;

/// A toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stack {
    /// Rust.
    Cargo,
    /// Python.
    Pytest,
    /// JavaScript and TypeScript.
    Jest,
    /// Go.
    Go,
    /// Java.
    Maven,
}

/// The kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// Runs tests and leaves a report.
    Test,
    /// Checks style or types.
    Lint,
    /// Compiles.
    Build,
    /// Builds and pushes a container image.
    Image,
    /// Rolls something out.
    Deploy,
}

impl Stack {
    /// The stack of the job `name` in the project whose code has the chance `code`.
    pub(crate) fn of(name: &str, code: Dice) -> Self {
        let named = |words: &[&str]| words.iter().any(|word| has_word(name, word));
        if named(&["cargo", "rust", "clippy", "rustfmt", "nextest"]) {
            Self::Cargo
        } else if named(&["pytest", "python", "ruff", "mypy", "tox"]) {
            Self::Pytest
        } else if named(&[
            "jest", "node", "npm", "yarn", "eslint", "frontend", "ui", "cypress",
        ]) {
            Self::Jest
        } else if named(&["go", "golang", "golangci"]) {
            Self::Go
        } else if named(&["maven", "mvn", "java", "gradle", "junit"]) {
            Self::Maven
        } else {
            match code.of("stack").below(5) {
                0 => Self::Cargo,
                1 => Self::Pytest,
                2 => Self::Jest,
                3 => Self::Go,
                _ => Self::Maven,
            }
        }
    }

    /// The container image such jobs run in.
    pub(crate) const fn image(self) -> &'static str {
        match self {
            Self::Cargo => "rust:1.91-bookworm",
            Self::Pytest => "python:3.13-slim",
            Self::Jest => "node:22-alpine",
            Self::Go => "golang:1.25",
            Self::Maven => "maven:3.9-eclipse-temurin-21",
        }
    }
}

impl Task {
    /// What the job `name` of `stage` does.
    pub(crate) fn of(name: &str, stage: &str) -> Self {
        let named = |words: &[&str]| words.iter().any(|word| has_word(name, word));
        if named(&[
            "deploy",
            "rollout",
            "release",
            "promote",
            "terraform",
            "helm",
        ]) {
            Self::Deploy
        } else if named(&["image", "docker", "container", "kaniko", "buildah"]) {
            Self::Image
        } else if named(&[
            "lint",
            "clippy",
            "fmt",
            "rustfmt",
            "format",
            "eslint",
            "ruff",
            "mypy",
            "vet",
            "style",
            "typecheck",
            "golangci",
            "checkstyle",
        ]) {
            Self::Lint
        } else if named(&[
            "test",
            "tests",
            "unit",
            "integration",
            "e2e",
            "spec",
            "rspec",
            "pytest",
            "jest",
            "nextest",
            "cypress",
            "junit",
        ]) {
            Self::Test
        } else if named(&["build", "compile", "package", "assemble"]) {
            Self::Build
        } else {
            match stage {
                "deploy" | "staging" | "production" => Self::Deploy,
                "test" | "verify" => Self::Test,
                "lint" => Self::Lint,
                _ => Self::Build,
            }
        }
    }
}

/// Whether `word` is one of the words of `name`, which are parted by anything but letters and digits.
fn has_word(name: &str, word: &str) -> bool {
    name.split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|part| part.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_job_does() {
        assert_eq!(Task::of("unit-tests 1/4", "test"), Task::Test);
        assert_eq!(Task::of("cargo:clippy", "test"), Task::Lint);
        assert_eq!(Task::of("build-image", "build"), Task::Image);
        assert_eq!(Task::of("deploy:production", "deploy"), Task::Deploy);
        assert_eq!(Task::of("compile", "build"), Task::Build);
        assert_eq!(Task::of("something", "verify"), Task::Test);
    }

    #[test]
    fn a_word_inside_another_word_does_not_count() {
        let code = Dice::new(1);
        assert_eq!(Stack::of("golang-tests", code), Stack::Go);
        assert_eq!(Stack::of("cargo-test", code), Stack::Cargo);
        assert_eq!(Stack::of("category", code), Stack::of("mongo", code));
    }
}
