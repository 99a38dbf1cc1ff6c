//! How often the right line and the right kind are found.
//!
//! Figures are printed for both halves of the corpus. Misses are listed for `train` only, with
//! `LABTOWER_MISSES=1`: rules must not be written after `held_out`.

use std::collections::BTreeMap;

use labtower_explain::{Category, Explainer};

use crate::corpus::{self, Case};

/// What was counted on one half.
#[derive(Default)]
struct Figures {
    logs: usize,
    first: usize,
    third: usize,
    first_green: usize,
    greens: usize,
    known: usize,
    right_category: usize,
    precise: f64,
    precise_green: f64,
    recalled_green: f64,
    longest: Vec<usize>,
}

impl Figures {
    fn print(&self, half: &str) {
        let mut lengths = self.longest.clone();
        lengths.sort_unstable();
        println!(
            "{half}: {} logs, hit@1 {:.3}, hit@3 {:.3}, hit@1 with green {:.3}, category precision {:.3}, unknown {:.3}, \
             excerpt F1 {:.3}, with green {:.3} (recall {:.3}), median lines {}",
            self.logs,
            self.share(self.first),
            self.share(self.third),
            self.first_green as f64 / self.greens.max(1) as f64,
            self.right_category as f64 / self.known.max(1) as f64,
            1.0 - self.share(self.known),
            self.precise / self.logs.max(1) as f64,
            self.precise_green / self.greens.max(1) as f64,
            self.recalled_green / self.greens.max(1) as f64,
            lengths.get(lengths.len() / 2).copied().unwrap_or_default(),
        );
    }

    fn share(&self, count: usize) -> f64 {
        count as f64 / self.logs.max(1) as f64
    }

    fn assert_bars(&self, half: &str) {
        assert!(
            self.share(self.first) >= 0.85,
            "{half}: hit@1 {:.3}",
            self.share(self.first)
        );
        assert!(
            self.share(self.third) >= 0.95,
            "{half}: hit@3 {:.3}",
            self.share(self.third)
        );
        let precision = self.right_category as f64 / self.known.max(1) as f64;
        assert!(
            precision >= 0.97,
            "{half}: category precision {precision:.3}"
        );
        assert!(
            1.0 - self.share(self.known) <= 0.15,
            "{half}: unknown {:.3}",
            1.0 - self.share(self.known)
        );
        let without = self.precise / self.logs.max(1) as f64;
        assert!(without >= 0.65, "{half}: excerpt F1 {without:.3}");
        let with = self.precise_green / self.greens.max(1) as f64;
        assert!(with >= 0.65, "{half}: excerpt F1 with green {with:.3}");
    }
}

/// Precision, recall and their mean of lines shown against lines wanted.
fn overlap(shown: &[u32], wanted: &[u32]) -> (f64, f64, f64) {
    let both = shown.iter().filter(|line| wanted.contains(line)).count() as f64;
    if both == 0.0 {
        return (0.0, 0.0, 0.0);
    }
    let (precision, recall) = (both / shown.len() as f64, both / wanted.len() as f64);
    (
        precision,
        recall,
        2.0 * precision * recall / (precision + recall),
    )
}

fn measure(half: &str, cases: &[Case]) -> Figures {
    let explainer = Explainer::builtin();
    let misses = half == "train" && std::env::var_os("LABTOWER_MISSES").is_some();
    let mut figures = Figures::default();
    for case in cases {
        let answer = case.explain(&explainer, false);
        figures.logs += 1;
        let first = case.right(answer.line, &answer.headline);
        let third = answer
            .candidates
            .iter()
            .take(3)
            .any(|candidate| case.right(candidate.line, &candidate.headline));
        figures.first += usize::from(first);
        figures.third += usize::from(third);
        let category = case
            .labels
            .category
            .iter()
            .any(|word| word == answer.category.as_str());
        if answer.category != Category::Unknown {
            figures.known += 1;
            figures.right_category += usize::from(category);
        }
        let wanted = case.wanted();
        let shown: Vec<u32> = answer
            .excerpt
            .iter()
            .filter_map(|line| line.number)
            .collect();
        assert!(shown.len() <= 40, "{}", case.name);
        let (precision, recall, mean) = overlap(&shown, &wanted);
        figures.precise += mean;
        figures.longest.push(shown.len());
        if misses && (!first || !third || !category || mean < 0.5) {
            println!(
                "{}{}{} {} F1 {mean:.2} (P {precision:.2} R {recall:.2}) wanted {:?} {:?}\n   got {:?} {} {} by {} | {:?}",
                if first { "" } else { "[1]" },
                if third { "" } else { "[3]" },
                if category { "" } else { "[c]" },
                case.name,
                case.labels.lines,
                case.labels.category,
                answer.line,
                answer.category,
                answer.headline,
                answer.decided_by.name,
                answer
                    .candidates
                    .iter()
                    .skip(1)
                    .take(2)
                    .map(|candidate| candidate.line)
                    .collect::<Vec<_>>(),
            );
        }
        if case.green.is_some() {
            let answer = case.explain(&explainer, true);
            figures.greens += 1;
            let right = case.right(answer.line, &answer.headline);
            figures.first_green += usize::from(right);
            let shown: Vec<u32> = answer
                .excerpt
                .iter()
                .filter_map(|line| line.number)
                .collect();
            let (precision, recall, mean) = overlap(&shown, &wanted);
            figures.precise_green += mean;
            figures.recalled_green += recall;
            if misses && (!right || mean < 0.5) {
                println!(
                    "[green{}] {} F1 {mean:.2} (P {precision:.2} R {recall:.2}) wanted {:?} got {:?} {}",
                    if right { "" } else { " 1" },
                    case.name,
                    case.labels.lines,
                    answer.line,
                    answer.headline
                );
            }
        }
    }
    figures
}

#[test]
fn right_line_and_kind_are_found_often_enough() {
    let mut all = Vec::new();
    for half in ["train", "held_out"] {
        let cases = corpus::read(half);
        if cases.is_empty() {
            println!("no corpus/{half} here: nothing measured");
            continue;
        }
        let figures = measure(half, &cases);
        figures.print(half);
        all.push((half, figures));
    }
    for (half, figures) in all {
        figures.assert_bars(half);
    }
}

#[test]
fn planted_secrets_never_come_through() {
    for half in ["train", "held_out"] {
        for case in corpus::read(half) {
            for secret in &case.labels.secrets {
                let leaks = case
                    .trace
                    .lines()
                    .iter()
                    .filter(|line| line.text.contains(secret.as_str()))
                    .count();
                assert_eq!(
                    leaks, 0,
                    "{half}: a secret of a log of {} came through",
                    case.labels.tool
                );
            }
        }
    }
}

#[test]
fn logs_of_one_cause_share_a_signature_and_others_do_not() {
    let explainer = Explainer::builtin();
    let mut together = (0_u32, 0_u32);
    let mut apart = (0_u32, 0_u32);
    for half in ["train", "held_out"] {
        let mut seen: Vec<(String, u128)> = Vec::new();
        let mut causes: BTreeMap<String, Vec<u128>> = BTreeMap::new();
        for case in corpus::read(half) {
            let hash = case.explain(&explainer, false).signature.hash;
            for (cause, other) in &seen {
                if *cause != case.labels.cause {
                    apart.1 += 1;
                    apart.0 += u32::from(*other != hash);
                }
            }
            seen.push((case.labels.cause.clone(), hash));
            causes.entry(case.labels.cause).or_default().push(hash);
        }
        for hashes in causes.values() {
            for (at, one) in hashes.iter().enumerate() {
                for other in &hashes[..at] {
                    together.1 += 1;
                    together.0 += u32::from(one == other);
                }
            }
        }
    }
    println!("pairs of one cause together: {together:?}, pairs of two causes apart: {apart:?}");
    if together.1 > 0 {
        assert!(f64::from(together.0) / f64::from(together.1) >= 0.8);
        assert!(f64::from(apart.0) / f64::from(apart.1) >= 0.98);
    }
}
