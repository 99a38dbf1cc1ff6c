//! Issues that are made through GitLab: asked for once, linked when they are there.

use labtower_model::JobId;
use labtower_store::{Acted, Action, GroupId, IssueMade, StoreError, Subject};

use crate::failures::{act, four, issue};
use crate::world::World;

fn ask(world: &World, subject: Subject, another: bool) -> Result<Acted, StoreError> {
    let action = Action::AskForIssue {
        subjects: vec![subject],
        project_path: "g/p".to_owned(),
        title: "Assertion fails".to_owned(),
        another,
    };
    act(world, "ada", action)
}

fn answer(world: &World, asked: &Acted, subject: Subject, made: IssueMade) -> Acted {
    let action = Action::IssueAnswer {
        audit: asked.audit,
        subjects: vec![subject],
        made,
    };
    act(world, "ada", action).unwrap()
}

/// Issues of a job, its group's too.
fn issues(world: &World, job: i64) -> Vec<String> {
    let row = world.store.read(|reader| reader.reason(JobId(job)));
    let links = row.unwrap().unwrap().issues;
    links.iter().map(|link| link.key.to_string()).collect()
}

fn detail(world: &World, audit: i64) -> serde_json::Value {
    let rows = world.store.read(|reader| reader.audit(None, 10)).unwrap();
    rows.into_iter().find(|row| row.id == audit).unwrap().detail
}

fn why(refused: Result<Acted, StoreError>) -> String {
    match refused {
        Err(StoreError::Impossible { detail }) => detail,
        other => panic!("{other:?}"),
    }
}

#[test]
fn issue_is_linked_when_it_is_there_and_asked_for_once() {
    let world = World::new();
    let group: GroupId = four(&world)[0];
    let (whole, one) = (Subject::Group(group), Subject::Job(JobId(100)));
    let asked = ask(&world, whole, false).unwrap();
    assert_eq!(detail(&world, asked.audit)["state"], "asked");
    // While it is under way nobody asks again, of the group or of a job in it, however much they want another.
    assert!(why(ask(&world, whole, true)).contains("answer did not come"));
    assert!(why(ask(&world, one, true)).contains("answer did not come"));
    // Another group is another matter.
    ask(&world, Subject::Job(JobId(103)), false).unwrap();
    let made = IssueMade::Made(Box::new(issue(4, "opened")));
    let done = answer(&world, &asked, whole, made);
    assert_eq!(done.audit, asked.audit);
    assert_eq!(issues(&world, 101), ["g/p#4"]);
    assert_eq!(detail(&world, asked.audit)["state"], "made");
    // It is open, so that a second one has to be wanted.
    assert_eq!(
        why(ask(&world, one, false)),
        "job 100 belongs to g/p#4 already, which is open"
    );
    ask(&world, one, true).unwrap();
    // What is undone is the link.
    act(&world, "eve", Action::Undo { audit: asked.audit }).unwrap();
    assert_eq!(issues(&world, 101), Vec::<String>::new());
}

#[test]
fn answer_that_did_not_come_holds_and_a_refusal_does_not() {
    let world = World::new();
    let group = Subject::Group(four(&world)[0]);
    let asked = ask(&world, group, false).unwrap();
    answer(
        &world,
        &asked,
        group,
        IssueMade::Refused("not allowed".to_owned()),
    );
    assert_eq!(detail(&world, asked.audit)["error"], "not allowed");
    let undo = Action::Undo { audit: asked.audit };
    assert!(why(act(&world, "ada", undo)).contains("made no issue"));
    let asked = ask(&world, group, false).unwrap();
    let lost = IssueMade::Unknown("timed out".to_owned());
    answer(&world, &asked, group, lost);
    assert!(why(ask(&world, group, false)).contains("it may be in g/p"));
    let again = Action::IssueAnswer {
        audit: asked.audit,
        subjects: vec![group],
        made: IssueMade::Refused(String::new()),
    };
    assert!(why(act(&world, "ada", again)).contains("answered already"));
    world.clock.advance(jiff::SignedDuration::from_mins(15));
    ask(&world, group, false).unwrap();
}
