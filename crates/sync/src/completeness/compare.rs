//! A pipeline as GitLab lists it beside what is stored of it; pure.

use labtower_gitlab::ListedPipeline;
use labtower_store::{GapKind, Held};

/// What the store lacks; nothing where it has all of it, or something newer.
pub(super) fn lacks(listed: &ListedPipeline, held: Option<&Held>) -> Option<(GapKind, String)> {
    let Some(held) = held else {
        let detail = format!("not stored; GitLab has it as {}", listed.status.as_str());
        return Some((GapKind::Absent, detail));
    };
    if held.updated_at > listed.updated_at {
        return None;
    }
    if held.updated_at < listed.updated_at {
        let detail = format!(
            "stored as of {}; GitLab changed it at {}",
            held.updated_at, listed.updated_at
        );
        return Some((GapKind::Outdated, detail));
    }
    if held.status != listed.status.as_str() {
        let detail = format!(
            "stored as {}; GitLab has it as {}",
            held.status,
            listed.status.as_str()
        );
        return Some((GapKind::Outdated, detail));
    }
    let counted = listed.jobs.filter(|jobs| *jobs != held.jobs)?;
    let detail = format!("stored with {} jobs; GitLab counts {counted}", held.jobs);
    Some((GapKind::Jobs, detail))
}

#[cfg(test)]
mod tests {
    use labtower_model::{PipelineId, Status, samples::at};

    use super::*;

    fn listed() -> ListedPipeline {
        ListedPipeline {
            id: PipelineId(1),
            ref_name: Some("main".to_owned()),
            status: Status::Success,
            created_at: at(0),
            updated_at: at(100),
            jobs: Some(3),
        }
    }

    fn held() -> Held {
        Held {
            updated_at: at(100),
            status: "success".to_owned(),
            jobs: 3,
        }
    }

    fn kind(held: Option<&Held>) -> Option<GapKind> {
        lacks(&listed(), held).map(|(kind, _)| kind)
    }

    #[test]
    fn what_is_the_same_lacks_nothing() {
        assert_eq!(kind(Some(&held())), None);
        let uncounted = ListedPipeline {
            jobs: None,
            ..listed()
        };
        assert_eq!(
            lacks(
                &uncounted,
                Some(&Held {
                    jobs: 2000,
                    ..held()
                })
            ),
            None
        );
    }

    #[test]
    fn something_newer_than_the_list_lacks_nothing() {
        let newer = Held {
            updated_at: at(101),
            status: "running".to_owned(),
            jobs: 9,
        };
        assert_eq!(kind(Some(&newer)), None);
    }

    #[test]
    fn what_differs_is_a_gap_of_its_kind() {
        assert_eq!(kind(None), Some(GapKind::Absent));
        let older = Held {
            updated_at: at(99),
            ..held()
        };
        assert_eq!(kind(Some(&older)), Some(GapKind::Outdated));
        let other = Held {
            status: "failed".to_owned(),
            ..held()
        };
        assert_eq!(kind(Some(&other)), Some(GapKind::Outdated));
        assert_eq!(kind(Some(&Held { jobs: 2, ..held() })), Some(GapKind::Jobs));
    }
}
