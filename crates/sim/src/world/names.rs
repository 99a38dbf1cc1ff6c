//! Words the world is made of.

/// Names of subgroups of the root group: path and display name.
pub(crate) const TEAMS: &[(&str, &str)] = &[
    ("platform", "Platform"),
    ("mobile", "Mobile"),
    ("payments", "Payments"),
    ("search", "Search & Discovery"),
    ("data", "Data"),
    ("security", "Security"),
    ("frontend", "Frontend"),
    ("infrastructure", "Infrastructure"),
    ("logistics", "Logistik für alle"),
    ("research", "研究開発"),
    ("support", "Support"),
    ("media", "Média"),
];

/// Names of groups inside a team.
pub(crate) const SQUADS: &[(&str, &str)] = &[
    ("core", "Core"),
    ("tools", "Tools"),
    ("services", "Services"),
    ("libraries", "Libraries"),
    ("experiments", "Experiments"),
];

/// First half of a project's name.
pub(crate) const THINGS: &[&str] = &[
    "billing",
    "catalog",
    "checkout",
    "invoice",
    "ledger",
    "login",
    "metrics",
    "notification",
    "order",
    "profile",
    "queue",
    "report",
    "scheduler",
    "session",
    "shipping",
    "stream",
    "tax",
    "theme",
    "tracking",
    "upload",
    "wallet",
    "webhook",
    "cache",
    "gateway",
];

/// Second half of a project's name.
pub(crate) const ROLES: &[&str] = &[
    "service", "api", "worker", "ui", "sdk", "lib", "cli", "proxy", "operator", "docs",
];

/// Given names of users; some not in ASCII, because people are not.
pub(crate) const GIVEN: &[&str] = &[
    "Ada",
    "Björn",
    "Chloé",
    "Dmitri",
    "Elif",
    "Fatima",
    "Grace",
    "Hiro",
    "Ingrid",
    "José",
    "Katarína",
    "Linus",
    "Mei",
    "Nnamdi",
    "Oluchi",
    "Pavel",
    "Quinn",
    "Rosa",
    "Søren",
    "Tomás",
    "Ursula",
    "Vikram",
    "Wei",
    "Ximena",
    "Yūki",
    "Zoë",
];

/// Family names of users.
pub(crate) const FAMILY: &[&str] = &[
    "Lovelace",
    "Svensson",
    "Dubois",
    "Ivanov",
    "Yılmaz",
    "Haddad",
    "Hopper",
    "Tanaka",
    "Berg",
    "García",
    "Nováková",
    "Torvalds",
    "李",
    "Okafor",
    "Adeyemi",
    "Novák",
    "Murphy",
    "Rossi",
    "Ørsted",
    "Silva",
    "Meyer",
    "Patel",
    "王",
    "Flores",
    "Sato",
    "de Vries",
];

/// Words that make branch names and titles.
pub(crate) const CHANGES: &[&str] = &[
    "add-retries",
    "bump-dependencies",
    "cleanup",
    "faster-startup",
    "fix-flaky-test",
    "fix-timeouts",
    "grüße",
    "improve-logging",
    "new-endpoint",
    "paging",
    "refactor-config",
    "remove-dead-code",
    "rename-fields",
    "split-module",
    "tidy-docs",
    "update-schema",
];

/// Topics of projects.
pub(crate) const TOPICS: &[&str] = &[
    "backend", "frontend", "go", "java", "python", "rust", "tier-1", "legacy",
];

/// A given and a family name as login name: ASCII letters and a dot.
pub(crate) fn username(given: &str, family: &str, number: usize) -> String {
    let plain = |text: &str| {
        text.chars()
            .filter_map(|c| match c {
                'a'..='z' => Some(c),
                'A'..='Z' => Some(c.to_ascii_lowercase()),
                'ö' | 'ø' | 'Ø' | 'ó' | 'ō' => Some('o'),
                'é' | 'ë' | 'è' => Some('e'),
                'á' | 'å' => Some('a'),
                'í' | 'ı' => Some('i'),
                'ū' | 'ü' => Some('u'),
                _ => None,
            })
            .collect::<String>()
    };
    let (given, family) = (plain(given), plain(family));
    if family.is_empty() {
        format!("{given}{number}")
    } else if number < GIVEN.len() {
        format!("{given}.{family}")
    } else {
        format!("{given}.{family}{number}")
    }
}
