//! The contract in directories.

mod ndjson {
    use crate::places::files::FilesPlace;
    use crate::shared::contract::contract;

    contract!(FilesPlace::ndjson);
}

mod parquet_files {
    use crate::places::files::FilesPlace;
    use crate::shared::contract::contract;

    contract!(FilesPlace::parquet);
}
