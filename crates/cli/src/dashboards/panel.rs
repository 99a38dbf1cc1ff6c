//! One panel: a title, a question in PromQL, and how its answer is drawn.

use serde_json::{Value, json};

/// How an answer is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One number, the last one.
    Stat,
    /// A table of labels alone, one row a series.
    Names,
    /// Lines over time.
    Lines,
    /// Lines over time, filled and one upon the other.
    Stacked,
    /// A table of the last values, one row a series.
    Table,
    /// Bars of the last values, one a series.
    Bars,
}

/// What the numbers are; the names are Grafana's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Whole things.
    Count,
    /// Seconds, shown as days, hours or minutes where that reads better.
    Seconds,
    /// A part of a whole from 0 to 1, shown in percent.
    Share,
    /// A percentage from 0 to 100.
    Percent,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// Requests in a second.
    Requests,
    /// Writes in a second.
    Writes,
    /// 1 for yes, 0 for no.
    YesNo,
    /// Unix time in milliseconds, shown as the time that has passed since.
    Ago,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "short",
            Self::Seconds => "s",
            Self::Share => "percentunit",
            Self::Percent => "percent",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "Bps",
            Self::Requests => "reqps",
            Self::Writes => "wps",
            Self::YesNo => "bool_yes_no",
            Self::Ago => "dateTimeFromNow",
        }
    }
}

/// Where a colour begins: green below the first number, orange from it, red from the second.
pub(super) type Limits = (f64, f64);

/// A panel.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// What it is called.
    pub(super) title: &'static str,
    /// How it is drawn.
    pub(super) kind: Kind,
    /// What its numbers are.
    pub(super) unit: Unit,
    /// Questions, each with its legend.
    pub(super) queries: Vec<(String, &'static str)>,
    about: &'static str,
    limits: Option<Limits>,
    better_high: bool,
    /// Whether there may be nothing to show.
    pub(super) rare: bool,
    /// Width and height in Grafana's grid, which is 24 wide.
    pub(super) size: (u32, u32),
}

impl Panel {
    /// A panel with one question; `about` is the text behind the `i` and says what is counted.
    pub(super) fn new(
        kind: Kind,
        title: &'static str,
        about: &'static str,
        unit: Unit,
        expression: impl Into<String>,
    ) -> Self {
        let size = match kind {
            Kind::Stat => (4, 4),
            _ => (12, 8),
        };
        Self {
            title,
            kind,
            unit,
            queries: vec![(expression.into(), "")],
            about,
            limits: None,
            better_high: false,
            rare: false,
            size,
        }
    }

    /// The legend of the last question, with `{{label}}` for labels.
    pub(super) fn legend(mut self, legend: &'static str) -> Self {
        if let Some(last) = self.queries.last_mut() {
            last.1 = legend;
        }
        self
    }

    /// One more question.
    pub(super) fn and(mut self, expression: impl Into<String>, legend: &'static str) -> Self {
        self.queries.push((expression.into(), legend));
        self
    }

    /// Colours: orange from `orange`, red from `red`; the other way round where `red` is the smaller one.
    pub(super) fn limits(mut self, orange: f64, red: f64) -> Self {
        self.better_high = red < orange;
        self.limits = Some((orange, red));
        self
    }

    /// It may have nothing to show, as long as nothing is the matter.
    pub(super) fn rare(mut self) -> Self {
        self.rare = true;
        self
    }

    /// Another size than that of its kind.
    pub(super) fn size(mut self, width: u32, height: u32) -> Self {
        self.size = (width, height);
        self
    }

    /// The panel as Grafana reads it, at a place of the grid.
    pub(super) fn json(&self, id: usize, x: u32, y: u32) -> Value {
        let (width, height) = self.size;
        let mut panel = json!({
            "id": id,
            "type": self.plugin(),
            "title": self.title,
            "description": self.about,
            "datasource": datasource(),
            "gridPos": {"x": x, "y": y, "w": width, "h": height},
            "targets": self.targets(),
            "fieldConfig": {"defaults": self.defaults(), "overrides": []},
            "options": self.options(),
        });
        if self.is_table() {
            let hidden = json!({"Time": true, "Value": self.kind == Kind::Names});
            panel["transformations"] = json!([
                {"id": "merge", "options": {}},
                {"id": "organize", "options": {"excludeByName": hidden}},
            ]);
        }
        panel
    }

    fn plugin(&self) -> &'static str {
        match self.kind {
            Kind::Stat => "stat",
            Kind::Lines | Kind::Stacked => "timeseries",
            Kind::Table | Kind::Names => "table",
            Kind::Bars => "bargauge",
        }
    }

    /// Whether only the last value counts.
    fn is_instant(&self) -> bool {
        !matches!(self.kind, Kind::Lines | Kind::Stacked)
    }

    fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table | Kind::Names)
    }

    fn targets(&self) -> Vec<Value> {
        let instant = self.is_instant();
        let queries = self.queries.iter().zip('A'..);
        queries
            .map(|((expression, legend), letter)| {
                json!({
                    "refId": letter.to_string(),
                    "datasource": datasource(),
                    "expr": expression,
                    "legendFormat": if legend.is_empty() { "__auto" } else { legend },
                    "instant": instant,
                    "range": !instant,
                    "format": if self.is_table() { "table" } else { "time_series" },
                })
            })
            .collect()
    }

    fn defaults(&self) -> Value {
        let mut defaults = json!({"unit": self.unit.name(), "noValue": "none"});
        if let Some((orange, red)) = self.limits {
            let steps = if self.better_high {
                json!([
                    {"color": "red", "value": null},
                    {"color": "orange", "value": red},
                    {"color": "green", "value": orange},
                ])
            } else {
                json!([
                    {"color": "green", "value": null},
                    {"color": "orange", "value": orange},
                    {"color": "red", "value": red},
                ])
            };
            defaults["thresholds"] = json!({"mode": "absolute", "steps": steps});
        }
        if matches!(self.unit, Unit::Share) {
            defaults["min"] = json!(0);
            defaults["max"] = json!(1);
        }
        if matches!(self.kind, Kind::Lines | Kind::Stacked) {
            let stacked = self.kind == Kind::Stacked;
            defaults["custom"] = json!({
                "fillOpacity": if stacked { 30 } else { 0 },
                "stacking": {"mode": if stacked { "normal" } else { "none" }, "group": "A"},
                "showPoints": "never",
            });
        }
        defaults
    }

    fn options(&self) -> Value {
        let last = json!({"calcs": ["lastNotNull"], "fields": "", "values": false});
        match self.kind {
            Kind::Stat => json!({"reduceOptions": last, "colorMode": "value", "graphMode": "none"}),
            Kind::Bars => {
                json!({"reduceOptions": last, "orientation": "horizontal", "displayMode": "basic"})
            }
            Kind::Table | Kind::Names => json!({"showHeader": true, "cellHeight": "sm"}),
            Kind::Lines | Kind::Stacked => json!({
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": true},
                "tooltip": {"mode": "multi", "sort": "desc"},
            }),
        }
    }
}

/// Default branches of the chosen projects whose newest pipeline failed.
pub(super) fn red_branches() -> String {
    concat!(
        r#"max by (project, ref) (gitlab_ci_pipeline_status{project=~"$project", kind="branch", status="failed"} == 1)"#,
        r#" and on (project, ref) label_replace(labtower_project_info{archived="false"}, "ref", "$1", "default_branch", "(.+)")"#,
    )
    .to_owned()
}

/// The data source every panel asks: the one chosen at the top of the page.
pub(super) fn datasource() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}
