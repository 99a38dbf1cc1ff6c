//! What a section is, and the macro that makes one from its settings and their doc comments.

use super::problem::Finding;
use super::setting::Input;
use super::{Auth, Failures, Feed, GitLab, Metrics, Otlp, Poller, Server, Store, Webhooks};

/// One setting, described for the reference, the example file and the did-you-mean hints.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its section, such as `gitlab` or `export.otlp`.
    pub section: &'static str,
    /// Its name, such as `url`.
    pub name: &'static str,
    /// Its doc comment, line by line; the first line is a summary.
    pub about: &'static [&'static str],
    /// Its type in words.
    pub kind: &'static str,
    /// Its default as TOML; `None` when it is not set by default.
    pub default: Option<String>,
    /// A value as TOML for the example file, where the default says too little.
    pub example: Option<&'static str>,
}

impl Key {
    /// `section.name`, as problems and the reference call it.
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        let section = self.section.replace('.', "__");
        format!("LABTOWER__{section}__{}", self.name).to_uppercase()
    }
}

/// A section of `config.toml`; implemented by the `section!` macro only.
pub trait Section {
    /// The name in brackets.
    fn name(&self) -> &'static str;
    /// The doc comment of the section, line by line.
    fn about(&self) -> &'static [&'static str];
    /// Every setting with its default.
    fn keys(&self) -> Vec<Key>;
    /// Sets one; `None` when there is no such key.
    fn set(&mut self, key: &str, input: Input<'_>) -> Option<Result<(), String>>;
    /// One value as TOML, secrets masked; `None` when it is not set.
    fn show(&self, key: &str) -> Option<String>;
    /// Everything wrong with the values together.
    fn check(&self) -> Vec<Finding>;
}

/// The whole configuration, parsed to the types the program uses.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `[server]`.
    pub server: Server,
    /// `[server.auth]`.
    pub auth: Auth,
    /// `[gitlab]`.
    pub gitlab: GitLab,
    /// `[poller]`.
    pub poller: Poller,
    /// `[webhooks]`.
    pub webhooks: Webhooks,
    /// `[store]`.
    pub store: Store,
    /// `[failures]`.
    pub failures: Failures,
    /// `[metrics]`.
    pub metrics: Metrics,
    /// `[export.feed]`.
    pub feed: Feed,
    /// `[export.otlp]`.
    pub otlp: Otlp,
}

impl Config {
    /// The sections in the order the file has them.
    pub fn sections(&self) -> [&dyn Section; 10] {
        [
            &self.server,
            &self.auth,
            &self.gitlab,
            &self.poller,
            &self.webhooks,
            &self.store,
            &self.failures,
            &self.metrics,
            &self.feed,
            &self.otlp,
        ]
    }

    /// The section of that name.
    pub(super) fn section_mut(&mut self, name: &str) -> Option<&mut dyn Section> {
        let all: [&mut dyn Section; 10] = [
            &mut self.server,
            &mut self.auth,
            &mut self.gitlab,
            &mut self.poller,
            &mut self.webhooks,
            &mut self.store,
            &mut self.failures,
            &mut self.metrics,
            &mut self.feed,
            &mut self.otlp,
        ];
        all.into_iter().find(|section| section.name() == name)
    }

    /// Everything wrong with the values, each with its section; also of what only several sections together tell.
    pub(super) fn findings(&self) -> Vec<(&'static str, Finding)> {
        let of = |section: &dyn Section| {
            let name = section.name();
            let findings = section.check().into_iter();
            findings
                .map(move |finding| (name, finding))
                .collect::<Vec<_>>()
        };
        let mut findings: Vec<_> = self.sections().into_iter().flat_map(of).collect();
        let gitlab = &self.gitlab;
        if gitlab.monitor_groups.is_empty() && gitlab.projects.is_empty() && !self.webhooks.is_on()
        {
            let finding = Finding::error(
                "monitor_groups",
                "there is neither a group nor a project to read",
                "name groups in gitlab.monitor_groups or projects in gitlab.projects, or set webhooks.token_file to live on webhooks alone",
            );
            findings.push((gitlab.name(), finding));
        }
        findings
    }

    /// Every setting of every section.
    pub fn keys(&self) -> Vec<Key> {
        self.sections()
            .iter()
            .flat_map(|section| section.keys())
            .collect()
    }
}

/// Declares a section: `name => Struct { /// doc  key: Type = default, example "toml"; }`.
///
/// The struct must have a method `findings(&self) -> Vec<Finding>` of its own.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:literal => $Section:ident {
            $( $(#[doc = $doc:literal])+ $key:ident: $Type:ty = $default:expr $(, example $example:literal)?; )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone)]
        pub struct $Section {
            $( $(#[doc = $doc])+ pub $key: $Type, )+
        }

        impl Default for $Section {
            fn default() -> Self {
                Self { $( $key: $default, )+ }
            }
        }

        impl $crate::config::Section for $Section {
            fn name(&self) -> &'static str {
                $name
            }

            fn about(&self) -> &'static [&'static str] {
                &[$($about),+]
            }

            fn keys(&self) -> Vec<$crate::config::Key> {
                let default = Self::default();
                vec![$( $crate::config::Key {
                    section: $name,
                    name: stringify!($key),
                    about: &[$($doc),+],
                    kind: <$Type as $crate::config::setting::Setting>::KIND,
                    default: $crate::config::setting::Setting::show(&default.$key),
                    example: [$($example,)? ""].into_iter().find(|text| !text.is_empty()),
                }, )+]
            }

            fn set(
                &mut self,
                key: &str,
                input: $crate::config::setting::Input<'_>,
            ) -> Option<Result<(), String>> {
                match key {
                    $( stringify!($key) => Some(
                        <$Type as $crate::config::setting::Setting>::read(input)
                            .map(|value| self.$key = value),
                    ), )+
                    _ => None,
                }
            }

            fn show(&self, key: &str) -> Option<String> {
                match key {
                    $( stringify!($key) => $crate::config::setting::Setting::show(&self.$key), )+
                    _ => None,
                }
            }

            fn check(&self) -> Vec<$crate::config::Finding> {
                self.findings()
            }
        }
    };
}

pub(super) use section;
