//! The contract in a BigQuery, and what is special to it.

use crate::places::bigquery::Dataset;
use crate::shared::contract::contract;
use crate::shared::place::on;
use crate::warehouse::kills;
use crate::{bigquery_only, warehouse};

contract!(perhaps Dataset::new);

on!(perhaps Dataset::new =>
    warehouse::what_has_no_value_survives,
    bigquery_only::tables_are_as_documented,
    bigquery_only::old_cursors_are_cleared_away,
    bigquery_only::a_start_asks_little,
    bigquery_only::data_tables_are_only_added_to,
    bigquery_only::a_column_that_went_comes_back,
    bigquery_only::a_ledger_made_anew_begins_anew,
    bigquery_only::a_table_of_another_kind_is_refused,
);

kills!(Dataset);
