//! `labtower rules`.

use crate::output::print;
use crate::rules::RULES;

pub(crate) fn run() {
    print(RULES);
}
