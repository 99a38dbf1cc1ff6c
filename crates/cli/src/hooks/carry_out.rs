//! Doing what has to be done, or only saying it.

use labtower_gitlab::{Client, GitlabError, HookOwner, HookSettings, RegisteredHook};
use labtower_model::Timestamp;

use super::compare::{Action, Goal, Step, steps};
use super::places::Place;
use super::report::{Entry, Report};
use super::wanted::Wanted;

/// Leads each place to the goal; what fails in one is in its entry.
pub(crate) async fn carry_out(
    client: &Client,
    places: Vec<Place>,
    wanted: &Wanted,
    goal: Goal,
) -> Report {
    let mut report = Report::new(wanted);
    for place in places {
        let settings = wanted.settings(&place.owner);
        match place.hooks {
            Err(error) => report.add(Entry::failed(&place.owner, &error)),
            Ok(hooks) => {
                for step in steps(&hooks, &settings, goal) {
                    let done = take(client, &place.owner, &settings, &step).await;
                    report.add(Entry::of_step(&place.owner, &settings, step, Some(done)));
                }
            }
        }
    }
    report
}

/// Says what would have to be done; with `deliveries` also what was last sent to each hook.
pub(crate) async fn look_at(
    client: &Client,
    places: Vec<Place>,
    wanted: &Wanted,
    deliveries: bool,
    now: Timestamp,
) -> Report {
    let mut report = Report::new(wanted);
    for place in places {
        let settings = wanted.settings(&place.owner);
        let hooks = match place.hooks {
            Ok(hooks) => hooks,
            Err(error) => {
                report.add(Entry::failed(&place.owner, &error));
                continue;
            }
        };
        for step in steps(&hooks, &settings, Goal::Installed) {
            let id = step.hook.as_ref().map(|hook| hook.id);
            let mut entry = Entry::of_step(&place.owner, &settings, step, None);
            entry.find_problem(now);
            if let Some(id) = id.filter(|_| deliveries) {
                match client.last_hook_delivery(&place.owner, id).await {
                    Ok(last) => entry.last_sent(last),
                    Err(error) => entry.fail(&error),
                }
            }
            report.add(entry);
        }
    }
    report
}

/// One step; the hook as it is then, if there is one.
async fn take(
    client: &Client,
    owner: &HookOwner,
    settings: &HookSettings,
    step: &Step,
) -> Result<Option<RegisteredHook>, GitlabError> {
    match (step.action, &step.hook) {
        (Action::Remove, Some(hook)) => {
            client.delete_hook(owner, hook.id).await?;
            Ok(None)
        }
        // GitLab shows no secret, so whether that is the same cannot be known: it is set in any case.
        (Action::Keep | Action::Update, Some(hook)) => {
            let hook = client.update_hook(owner, hook.id, settings).await?;
            Ok(Some(hook))
        }
        _ => Ok(Some(client.create_hook(owner, settings).await?)),
    }
}
