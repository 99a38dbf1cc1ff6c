//! What kind of failure it was, and whose it is to mend.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word used in rules, the database and pages.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = UnknownWord;

            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                match text { $($word => Ok($name::$variant),)* _ => Err(UnknownWord(text.to_owned())) }
            }
        }
    };
}

/// A word that is no category and nobody's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown word `{0}`")]
pub struct UnknownWord(pub String);

words! {
    /// Kind of failure: one word.
    ///
    /// `Unknown` is an honest answer; a wrong word costs more than none.
    Category {
        /// A test ran and failed.
        Test = "test",
        /// A compiler, linker or type checker refused the code.
        Compile = "compile",
        /// A formatter, linter or style check refused the code.
        Lint = "lint",
        /// A package could not be resolved, found or installed.
        Dependency = "dependency",
        /// A host could not be reached, or answered with a server error.
        Network = "network",
        /// A container image could not be pulled or pushed.
        Registry = "registry",
        /// Credentials were missing, wrong or not enough.
        Auth = "auth",
        /// The job itself is wrong: a missing command, variable, file or option.
        Config = "config",
        /// Git refused: clone, fetch, merge, push, submodules, large files.
        Git = "git",
        /// Something took longer than it was given.
        Timeout = "timeout",
        /// Memory ran out.
        Oom = "oom",
        /// The disk is full.
        Disk = "disk",
        /// The runner, or finding one.
        Runner = "runner",
        /// A deployment or an environment was refused or failed.
        Deploy = "deploy",
        /// Artifacts or caches were missing, too large or refused.
        Artifacts = "artifacts",
        /// GitLab's rules forbid it.
        Policy = "policy",
        /// The process was ended from outside, or crashed by a signal.
        Killed = "killed",
        /// Not known.
        Unknown = "unknown",
    }
}

words! {
    /// Who can mend it.
    Whose {
        /// The author of the code.
        Code = "code",
        /// The owner of the pipeline's or project's settings.
        Config = "config",
        /// The owner of runners, network and GitLab.
        Infra = "infra",
        /// Somebody else: a registry, an index, a remote service.
        External = "external",
        /// Not known.
        Unknown = "unknown",
    }
}

impl Category {
    /// Whose a failure of this kind usually is.
    pub fn usually(self) -> Whose {
        match self {
            Category::Test
            | Category::Compile
            | Category::Lint
            | Category::Dependency
            | Category::Git => Whose::Code,
            Category::Config | Category::Auth | Category::Policy | Category::Artifacts => {
                Whose::Config
            }
            Category::Runner | Category::Oom | Category::Disk | Category::Killed => Whose::Infra,
            Category::Network | Category::Registry => Whose::External,
            Category::Timeout | Category::Deploy | Category::Unknown => Whose::Unknown,
        }
    }

    /// Categories of one family may share a group; of two families never.
    pub fn family(self) -> u8 {
        match self {
            Category::Test => 1,
            Category::Compile | Category::Lint => 2,
            Category::Dependency
            | Category::Network
            | Category::Registry
            | Category::Auth
            | Category::Git => 3,
            Category::Timeout
            | Category::Oom
            | Category::Disk
            | Category::Runner
            | Category::Killed => 4,
            Category::Config | Category::Deploy | Category::Artifacts | Category::Policy => 5,
            Category::Unknown => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for category in Category::ALL {
            assert_eq!(category.as_str().parse(), Ok(*category));
        }
        for whose in Whose::ALL {
            assert_eq!(whose.as_str().parse(), Ok(*whose));
        }
        assert_eq!(
            "odd".parse::<Category>(),
            Err(UnknownWord("odd".to_owned()))
        );
    }
}
