//! What belongs to a group of failures, from the store.

use std::collections::HashSet;

use jiff::Timestamp;
use labtower_model::Place;
use labtower_store::{AuditRow, FailureFilter, FailureRow, GroupId, GroupSpread, Page, Reader};

use super::super::groups::Group;
use super::super::value::{Count, When};
use super::super::verdict::{Concentrated, concentrated, since};
use super::alike::{nearby, suggested};
use super::member::Member;
use super::{Day, Deed, Example, GroupDetail, LinkedTo, Signature};
use crate::answer::AnswerError;
use crate::error::ApiError;
use crate::query;
use crate::web::failures::NewIssueView;
use crate::web::format;

/// Failures among which examples are chosen.
const SAMPLE: usize = 200;
/// Examples shown, each of another job.
pub(super) const EXAMPLES: usize = 5;
/// Lines of an example.
const LINES: usize = 12;
/// Rows of the audit trail looked through.
const AUDIT: usize = 1000;

/// The group with this id, over the last days.
pub(super) fn read(
    reader: &Reader<'_>,
    id: GroupId,
    days: u16,
    page: Page,
    now: Timestamp,
) -> Result<GroupDetail, AnswerError> {
    let Some(row) = reader.group(id, now, days)? else {
        return Err(ApiError::not_stored("failure group", id.0).into());
    };
    let from = since(now, days.into());
    let filter = FailureFilter {
        group: Some(row.id),
        from: Some(from),
        ..FailureFilter::default()
    };
    let sample = reader.failures(
        &filter,
        &Page {
            limit: SAMPLE,
            before: None,
        },
    )?;
    let (members, next) = query::one_page(
        page,
        |page| reader.failures(&filter, page),
        |row| (row.created_at, row.job_id.get()),
    )?;
    Ok(GroupDetail {
        days,
        merged: row.merged.clone(),
        signatures: row
            .signatures
            .iter()
            .map(|signature| Signature {
                key: signature.key.clone(),
                pattern: signature.pattern.clone(),
                how: signature.how.clone(),
                failures: Count(signature.failures.into()),
            })
            .collect(),
        spread: reader
            .group_spread(row.id, from)?
            .iter()
            .map(Day::new)
            .collect(),
        concentrations: places(&reader.group_concentration(row.id, from)?),
        examples: examples(reader, &sample)?,
        nearby: nearby(reader, &row, days, now)?,
        linked_issues: row.issues.iter().map(LinkedTo::new).collect(),
        suggested_issues: suggested(reader, &row.pattern, &sample)?,
        history: history(&reader.audit(None, AUDIT)?, row.id),
        new_issue: NewIssueView::none(),
        group: Group::new(&row),
        failures_page: members.iter().map(Member::new).collect(),
        next_cursor: next.map(|cursor| cursor.to_string()),
    })
}

/// Failures of the group against all others of the same time, place by place.
fn places(spread: &GroupSpread) -> Vec<Concentrated> {
    let total = (
        u64::from(spread.inside),
        u64::from(spread.inside) + u64::from(spread.outside),
    );
    let mut found = Vec::new();
    for property in ["runner", "tag", "job", "stage"] {
        let places: Vec<Place> = spread
            .shares
            .iter()
            .filter(|share| share.property == property)
            .map(|share| Place {
                value: share.value.clone(),
                failures: share.inside.into(),
                runs: u64::from(share.inside) + u64::from(share.outside),
            })
            .collect();
        found.extend(concentrated(property, &places, Some(total)));
    }
    found
}

/// Failures that differ: each of another project, then of another job.
fn examples(reader: &Reader<'_>, sample: &[FailureRow]) -> Result<Vec<Example>, AnswerError> {
    let mut projects = HashSet::new();
    let mut jobs = HashSet::new();
    let mut order: Vec<&FailureRow> = Vec::new();
    let mut others: Vec<&FailureRow> = Vec::new();
    for row in sample {
        let new_job = jobs.insert((row.project_id, row.name.as_str()));
        if projects.insert(row.project_id) {
            order.push(row);
        } else if new_job {
            others.push(row);
        }
    }
    order.extend(others);
    let mut examples = Vec::new();
    for row in order.into_iter().take(EXAMPLES) {
        let explained = reader
            .reason(row.job_id)?
            .and_then(|reason| reason.explained);
        examples.push(Example {
            job_id: row.job_id.get(),
            project: row.project.clone(),
            job: row.name.clone(),
            created_at: When(row.created_at),
            headline: row.headline.clone(),
            line: row.line,
            web_url: format::link(row.web_url.clone()),
            why: explained.as_ref().map(|explained| explained.why.clone()),
            excerpt: explained.map_or_else(Vec::new, |explained| {
                let lines = explained.body.excerpt.into_iter().take(LINES);
                lines.map(|line| (line.number, line.text)).collect()
            }),
        });
    }
    Ok(examples)
}

/// What people did to the group, newest first.
fn history(audit: &[AuditRow], group: GroupId) -> Vec<Deed> {
    let subject = format!("group {group}");
    let is_about = |row: &&AuditRow| {
        row.subject == subject || row.subject.split(", ").any(|one| one == subject)
    };
    audit
        .iter()
        .filter(is_about)
        .map(|row| Deed {
            audit: row.id,
            at: When(row.at),
            actor: row.actor.clone(),
            action: row.action.clone(),
            detail: row.detail.to_string(),
            undone: row.undone_by.is_some(),
        })
        .collect()
}
