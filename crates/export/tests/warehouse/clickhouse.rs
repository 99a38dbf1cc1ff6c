//! The contract in a ClickHouse, and what is special to it.

use crate::places::clickhouse::Database;
use crate::shared::contract::contract;
use crate::shared::place::on;
use crate::warehouse::kills;
use crate::{clickhouse_only, warehouse};

contract!(perhaps Database::new);

on!(perhaps Database::new =>
    warehouse::what_has_no_value_survives,
    clickhouse_only::tables_are_as_documented,
    clickhouse_only::old_cursors_are_cleared_away,
    clickhouse_only::a_start_asks_little,
    clickhouse_only::data_tables_are_only_added_to,
    clickhouse_only::a_batch_is_one_block,
    clickhouse_only::a_table_of_another_kind_is_refused,
);

kills!(Database);
