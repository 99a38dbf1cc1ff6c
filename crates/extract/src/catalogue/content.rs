//! What people write down: wikis and snippets.

use crate::column::columns;
use crate::{Column, Stream, Tier};

const SNIPPET: &[Column] = columns![
    id: Int, title: Text, description: Text, visibility: Text, author.username: Text,
    project_id: Int, file_name: Text, files: Json, created_at: Time, updated_at: Time,
    web_url: Text,
];

const WIKI_PAGE: &[Column] = columns![
    slug: Text, title: Text, format: Text, content: Text, wiki_page_meta_id: Int,
];

/// Everyone's, for administrators and auditors.
pub(super) static SNIPPETS: Stream = Stream {
    name: "snippets",
    path: "snippets/all",
    time: Some("updated_at"),
    columns: SNIPPET,
    ..Stream::INSTANCE
};

pub(super) static PROJECT_SNIPPETS: Stream = Stream {
    name: "project_snippets",
    path: "projects/:id/snippets",
    time: Some("updated_at"),
    columns: SNIPPET,
    ..Stream::PROJECT
};

pub(super) static GROUP_WIKI_PAGES: Stream = Stream {
    name: "group_wiki_pages",
    path: "groups/:id/wikis",
    query: "with_content=true",
    key: &["slug"],
    columns: WIKI_PAGE,
    tier: Tier::Premium,
    ..Stream::GROUP
};

pub(super) static PROJECT_WIKI_PAGES: Stream = Stream {
    name: "project_wiki_pages",
    path: "projects/:id/wikis",
    query: "with_content=true",
    key: &["slug"],
    columns: WIKI_PAGE,
    ..Stream::PROJECT
};
