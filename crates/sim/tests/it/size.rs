//! Worlds of the size asked for.

use labtower_sim::SimConfig;

use crate::client::{sim, small};

#[tokio::test]
async fn a_world_has_the_projects_and_about_the_pipelines_asked_for() {
    for (projects, days, per_day) in [(50, 14, 4.0), (400, 7, 0.5)] {
        let sim = sim(SimConfig {
            projects,
            days,
            pipelines_per_day: per_day,
            ..small()
        })
        .await;
        let truth = sim.truth();
        assert_eq!(truth.projects.len(), projects);
        // Nightly runs and children are part of it; quiet nights and weekends even out over weeks.
        let started = truth
            .pipelines
            .iter()
            .filter(|row| row.source.as_deref() != Some("schedule") && row.parent_id.is_none())
            .count();
        let expected = projects as f64 * f64::from(days) * per_day;
        let ratio = started as f64 / expected;
        assert!(
            (0.8..1.25).contains(&ratio),
            "{started} pipelines, not {expected}"
        );
    }
}

#[tokio::test]
async fn activity_is_uneven() {
    let sim = sim(SimConfig {
        projects: 60,
        days: 14,
        ..small()
    })
    .await;
    let truth = sim.truth();
    let mut counts: Vec<usize> = truth
        .projects
        .iter()
        .map(|project| {
            truth
                .pipelines
                .iter()
                .filter(|row| row.project_id == project.id)
                .count()
        })
        .collect();
    counts.sort_unstable();
    let (median, most) = (counts[30], counts[59]);
    assert!(most > 4 * median, "busiest {most}, median {median}");
}
