//! The contract in a real PostgreSQL.

use crate::places::database::Database;
use crate::places::postgres::DSN;
use crate::places::servers::run_tests;

#[test]
fn postgresql_keeps_the_contract() {
    let Some(database) = Database::start() else {
        return;
    };
    run_tests("postgres::server", &[(DSN, &database.dsn())]);
}

mod server {
    use crate::places::postgres::Schema;
    use crate::postgres_only;
    use crate::shared::contract::contract;
    use crate::shared::place::on;

    contract!(server Schema::new);

    on!(server Schema::new =>
        postgres_only::what_jsonb_refuses_is_kept_as_text_beside_what_it_takes,
        postgres_only::a_table_of_another_kind_is_refused_and_stays,
        postgres_only::a_role_that_may_only_write_suffices_once_all_is_there,
        postgres_only::errors_say_whether_to_try_again_and_never_the_password,
        postgres_only::data_tables_are_only_added_to,
    );
}
