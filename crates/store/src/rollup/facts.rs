//! What a pipeline contributes.

/// What rollups know of one pipeline; texts by their id in `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) project_id: i64,
    pub(crate) ref_id: Option<i64>,
    /// Unix seconds.
    pub(crate) created_at: i64,
    pub(crate) status: i64,
    pub(crate) ref_kind: i64,
    pub(crate) source: Option<i64>,
    /// Seconds.
    pub(crate) duration: Option<i64>,
}

impl Fact {
    /// Days since 1970, UTC.
    pub(crate) fn day(&self) -> i64 {
        self.created_at.div_euclid(86_400)
    }
}

/// Contributions gained and lost in a transaction, in order.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    list: Vec<(Sign, Fact)>,
}

/// Whether a contribution came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Gained,
    Lost,
}

impl Facts {
    /// A pipeline counts from now on.
    pub(crate) fn add(&mut self, fact: Fact) {
        self.list.push((Sign::Gained, fact));
    }

    /// A pipeline that counted does so no more.
    pub(crate) fn remove(&mut self, fact: Fact) {
        self.list.push((Sign::Lost, fact));
    }

    /// Everything collected.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Sign, Fact)> {
        self.list.iter()
    }
}
