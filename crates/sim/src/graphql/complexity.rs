//! What a query costs, by the rules of GitLab's base field and base resolver.
//!
//! A field costs 1 and what it selects. A field with a resolver of its own costs more with some
//! arguments, and if it is a connection its cost grows by a hundredth per row of the page, rounded down.
//! Nothing is multiplied by the page size.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet,
    TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, Value, Variables};
use async_graphql_value::Value as AstValue;

/// Scores documents against a schema.
#[derive(Debug)]
pub(crate) struct Scorer {
    /// Type and field to the field's type, without list and null marks.
    fields: HashMap<(String, String), String>,
}

/// What walking a document tells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Score {
    /// Its complexity.
    pub(crate) complexity: u64,
    /// Largest page of pipelines that are asked for with their jobs.
    pub(crate) pipelines_with_jobs: usize,
    /// A field with a selection that occurs more than twice on one branch, and how often.
    pub(crate) recursion: Option<(String, usize)>,
}

/// Fields with a resolver class, by type: those add to their cost by arguments.
const RESOLVERS: &[(&str, &str)] = &[
    ("Query", "projects"),
    ("Query", "project"),
    ("Query", "group"),
    ("Query", "groups"),
    ("Query", "jobs"),
    ("Query", "metadata"),
    ("Group", "projects"),
    ("Project", "pipelines"),
    ("Project", "pipeline"),
    ("Project", "jobs"),
    ("Pipeline", "jobs"),
    ("Pipeline", "stages"),
    ("Pipeline", "testReportSummary"),
    ("Pipeline", "testSuite"),
    ("Pipeline", "jobArtifacts"),
    ("Project", "mergeRequests"),
    ("Group", "mergeRequests"),
    ("Project", "environments"),
    ("Environment", "deployments"),
    ("Project", "releases"),
    ("Project", "issues"),
];

/// Fields that ask the Git server: one more.
const CALLS_GITALY: &[(&str, &str)] = &[
    ("Project", "pipelines"),
    ("Pipeline", "beforeSha"),
    ("Pipeline", "commit"),
    ("Pipeline", "latest"),
    ("Pipeline", "refText"),
    ("CiJob", "canPlayJob"),
    ("MergeRequest", "commits"),
];

impl Scorer {
    /// A scorer for the schema in this SDL.
    pub(crate) fn new(sdl: &str) -> Self {
        let mut fields = HashMap::new();
        let Ok(document) = async_graphql::parser::parse_schema(sdl) else {
            return Self { fields };
        };
        for definition in document.definitions {
            let TypeSystemDefinition::Type(of) = definition else {
                continue;
            };
            let of_type = match of.node.kind {
                TypeKind::Object(object) => object.fields,
                TypeKind::Interface(interface) => interface.fields,
                _ => continue,
            };
            for field in of_type {
                let named = field.node.ty.node.to_string().replace(['[', ']', '!'], "");
                let key = (
                    of.node.name.node.to_string(),
                    field.node.name.node.to_string(),
                );
                fields.insert(key, named);
            }
        }
        Self { fields }
    }

    /// The score of the operation to run: the named one, or the only one.
    pub(crate) fn score(
        &self,
        document: &ExecutableDocument,
        operation: Option<&str>,
        variables: &Variables,
    ) -> Score {
        let chosen = match &document.operations {
            DocumentOperations::Single(single) => Some(single),
            DocumentOperations::Multiple(all) => match operation {
                Some(name) => all.get(name),
                None => all.values().next(),
            },
        };
        let Some(chosen) = chosen else {
            return Score::default();
        };
        let mut walk = Walk {
            scorer: self,
            document,
            operation: &chosen.node,
            variables,
            score: Score::default(),
            branch: Vec::new(),
        };
        let complexity = walk.selection("Query", &chosen.node.selection_set.node).0;
        Score {
            complexity,
            ..walk.score
        }
    }
}

struct Walk<'a> {
    scorer: &'a Scorer,
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    score: Score,
    /// Fields with selections, from the root to here.
    branch: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    /// Cost of a selection on `parent`, and whether jobs are among it.
    fn selection(&mut self, parent: &str, set: &'a SelectionSet) -> (u64, bool) {
        let mut total = 0;
        let mut jobs = false;
        for selection in &set.items {
            if self.skips(&selection.node) {
                continue;
            }
            let (cost, with_jobs) = match &selection.node {
                Selection::Field(field) => self.field(parent, &field.node),
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.node.fragment_name.node) {
                        // A fragment inside itself is refused by validation; stop here all the same.
                        Some(_) if self.branch.len() > 60 => (0, false),
                        Some(fragment) => {
                            let on = fragment.node.type_condition.node.on.node.as_str();
                            self.branch.push("...");
                            let cost = self.selection(on, &fragment.node.selection_set.node);
                            self.branch.pop();
                            cost
                        }
                        None => (0, false),
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment
                        .node
                        .type_condition
                        .as_ref()
                        .map_or(parent, |on| on.node.on.node.as_str());
                    self.selection(on, &fragment.node.selection_set.node)
                }
            };
            total += cost;
            jobs |= with_jobs;
        }
        (total, jobs)
    }

    fn field(&mut self, parent: &str, field: &'a Field) -> (u64, bool) {
        let name = field.name.node.as_str();
        let of = self
            .scorer
            .fields
            .get(&(parent.to_owned(), name.to_owned()))
            .cloned()
            .unwrap_or_default();
        let selects = !field.selection_set.node.items.is_empty();
        if selects {
            self.descend(name);
        }
        let (children, mut jobs) = self.selection(&of, &field.selection_set.node);
        if selects {
            self.branch.pop();
        }
        let listed = |table: &[(&str, &str)]| table.contains(&(parent, name));
        let mut cost = children + 1 + u64::from(listed(CALLS_GITALY));
        if listed(RESOLVERS) {
            cost += u64::from(self.has(field, "sort")) + 5 * u64::from(self.has(field, "search"));
            if (parent, name) == ("Project", "pipelines") {
                cost +=
                    2 * u64::from(self.has(field, "sha")) + 2 * u64::from(self.has(field, "ref"));
                if jobs {
                    self.score.pipelines_with_jobs = self
                        .score
                        .pipelines_with_jobs
                        .max(self.page_size(field) as usize);
                }
            }
            if of.ends_with("Connection") && !self.has(field, "iid") && !self.has(field, "iids") {
                cost += cost * self.page_size(field) / 100;
            }
        }
        jobs |= (parent, name) == ("Pipeline", "jobs");
        (cost, jobs)
    }

    fn descend(&mut self, name: &'a str) {
        self.branch.push(name);
        if matches!(name, "node" | "nodes" | "edges") || name.starts_with("__") {
            return;
        }
        let times = self.branch.iter().filter(|above| **above == name).count();
        if times > 2
            && self
                .score
                .recursion
                .as_ref()
                .is_none_or(|(_, most)| times > *most)
        {
            self.score.recursion = Some((name.to_owned(), times));
        }
    }

    /// Rows the page can have.
    fn page_size(&self, field: &Field) -> u64 {
        let size = |name| match self.argument(field, name) {
            Some(Value::Number(number)) => number.as_u64(),
            _ => None,
        };
        [size("first"), size("last"), Some(100)]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(100)
    }

    fn has(&self, field: &Field, name: &str) -> bool {
        self.argument(field, name)
            .is_some_and(|value| value != Value::Null)
    }

    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        self.value(&field.get_argument(name)?.node)
    }

    /// A value with its variables filled in; none for absent variables.
    fn value(&self, value: &AstValue) -> Option<Value> {
        let AstValue::Variable(name) = value else {
            return value
                .clone()
                .into_const_with(|name: Name| self.variable(&name).ok_or(()))
                .ok();
        };
        self.variable(name)
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        let definitions = &self.operation.variable_definitions;
        let definition = definitions
            .iter()
            .find(|definition| definition.node.name.node == *name)?;
        definition
            .node
            .default_value
            .as_ref()
            .map(|value| value.node.clone())
    }

    /// Whether `@skip` or `@include` takes a selection out.
    fn skips(&self, selection: &Selection) -> bool {
        selection.directives().iter().any(|directive| {
            let wanted = directive
                .node
                .get_argument("if")
                .and_then(|value| self.value(&value.node));
            match (directive.node.name.node.as_str(), wanted) {
                ("skip", Some(Value::Boolean(skip))) => skip,
                ("include", Some(Value::Boolean(include))) => !include,
                _ => false,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(query: &str) -> Score {
        let document = async_graphql::parser::parse_query(query).expect("a query");
        Scorer::new(&crate::graphql::schema().sdl()).score(&document, None, &Variables::default())
    }

    #[test]
    fn a_page_of_a_hundred_doubles_its_subtree() {
        // jobs: 1 + nodes 1 + id 1 = 3, doubled 6; pipelines: 1 + 1 (gitaly) + nodes 1 + 6 = 9, doubled 18; project 1.
        let query =
            "{ project(fullPath: \"a\") { pipelines { nodes { jobs { nodes { id } } } } } }";
        assert_eq!(score(query).complexity, 19);
    }

    #[test]
    fn arguments_and_aliases_cost() {
        assert_eq!(score("{ queryComplexity { score limit } }").complexity, 3);
        assert_eq!(
            score("{ a: project(fullPath: \"a\") { id } b: project(fullPath: \"b\") { id } }")
                .complexity,
            4
        );
        let plain =
            score("{ project(fullPath: \"a\") { pipelines(first: 1) { count } } }").complexity;
        let with_ref =
            score("{ project(fullPath: \"a\") { pipelines(first: 1, ref: \"x\") { count } } }")
                .complexity;
        assert_eq!((plain, with_ref), (4, 6));
    }

    #[test]
    fn pages_of_pipelines_with_jobs_are_measured() {
        let query = "{ project(fullPath: \"a\") { pipelines(first: 50) { nodes { ...J } } } } fragment J on Pipeline { jobs { nodes { id } } }";
        assert_eq!(score(query).pipelines_with_jobs, 50);
        assert_eq!(
            score("{ project(fullPath: \"a\") { pipelines { count } } }").pipelines_with_jobs,
            0
        );
    }

    #[test]
    fn a_field_thrice_on_a_branch_is_a_recursion() {
        let query = "{ project(fullPath: \"a\") { pipelines { nodes { upstream { upstream { upstream { id } } } } } } }";
        assert_eq!(score(query).recursion, Some(("upstream".to_owned(), 3)));
    }
}
