//! `docs/cli.md`, from the command line itself.

use clap::CommandFactory;

use crate::{Cli, Exit};

const INTRODUCTION: &str = "\
# Command line

<!-- Generated from the doc comments in crates/cli/src; `LABTOWER_UPDATE=1 cargo test -p labtower-cli` rewrites it. -->

Answers go to standard output, log lines and errors to standard error.
`RUST_LOG` sets which log lines are written, for example `RUST_LOG=warn` or `RUST_LOG=info,labtower_gitlab=debug`.
";

/// The whole page.
pub fn manual() -> String {
    let mut lines = vec![INTRODUCTION.to_owned(), "## Exit codes\n".to_owned()];
    lines.push("| code | meaning |\n| --- | --- |".to_owned());
    for (exit, meaning) in Exit::ALL {
        lines.push(format!("| {} | {meaning} |", exit.code()));
    }
    lines.push(String::new());
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    describe(&root, "", &mut lines);
    lines.join("\n")
}

fn describe(command: &clap::Command, parent: &str, lines: &mut Vec<String>) {
    let name = format!("{parent} {}", command.get_name()).trim().to_owned();
    // What every command takes is said once, at the top.
    let is_root = parent.is_empty();
    let help = command
        .clone()
        .mut_args(|argument| {
            let repeated = !is_root && (argument.is_global_set() || argument.get_id() == "help");
            let hidden = argument.is_hide_set() || repeated;
            argument.hide(hidden)
        })
        .bin_name(name.clone())
        .term_width(100)
        .render_long_help()
        .to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    lines.push(format!(
        "## `{name}`\n\n```text\n{}\n```\n",
        help.join("\n").trim()
    ));
    for child in command.get_subcommands() {
        describe(child, &name, lines);
    }
}
